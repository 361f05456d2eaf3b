import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transformSync } from '@swc/core';

const JOURNAL = 'lib/core/stores/file/journal';
const OTHERS = [
  'lib/core/primitives/crc32.ts',
  'lib/core/primitives/errors.ts',
  'lib/core/stores/file/file-errors.ts',
  'lib/core/stores/file/open-flags.ts',
];

export interface CompiledJournal {
  /** Path of the module with `InvalidationJournal`. */
  readonly module: string;
  remove(): void;
}

/** The journal as JavaScript: a process or a thread of its own knows nothing of Jest's transforms. */
export function compileJournal(): CompiledJournal {
  const compiled = mkdtempSync(join(tmpdir(), 'journal-code-'));
  writeFileSync(join(compiled, 'package.json'), '{"type":"module"}');
  const sources = readdirSync(JOURNAL).map((name) => `${JOURNAL}/${name}`);
  for (const source of [...sources, ...OTHERS]) {
    const { code } = transformSync(readFileSync(source, 'utf8'), {
      filename: source,
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
      module: { type: 'es6' },
    });
    const target = join(compiled, source.replace(/ts$/, 'js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  return {
    module: join(compiled, JOURNAL, 'invalidation-journal.js'),
    remove: () => rmSync(compiled, { recursive: true, force: true }),
  };
}
