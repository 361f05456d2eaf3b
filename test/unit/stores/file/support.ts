import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transformSync } from '@swc/core';

/** A new folder, to be removed by the test. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'file-parts-'));

export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** What a function throws. */
export function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** When a process started, as in /proc, by another way than the one that is tested. */
export function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return /.*\) (.*)/s.exec(stat)![1]!.split(' ')[19]!;
}

const FILE = 'lib/core/stores/file';
const SOURCES = [
  'lib/core/primitives/crc32.ts',
  'lib/core/primitives/errors.ts',
  ...[
    'byte-parts',
    'clock-leaps',
    'file-access',
    'file-damage',
    'file-errors',
    'file-layout',
    'file-leases',
    'file-writing',
    'handle-reserve',
    'inline-io',
    'left-behind',
    'open-file',
    'open-flags',
    'place-attempt',
    'put-in-place',
    'spare-files',
    'file-record',
    'operation-queue',
    'private-folder',
    'seen-file',
    'process-identity',
    'remove-quietly',
    'take-away',
    'temporary-file',
    'thread/thread-write',
    'thread/write-ring',
    'thread/writing-thread',
  ].map((name) => `${FILE}/${name}.ts`),
];

/** The parts as JavaScript, for a process that knows nothing of Jest's transforms. @returns their folder */
export function compileInto(folder: string): string {
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const source of SOURCES) {
    const { code } = transformSync(readFileSync(source, 'utf8'), {
      filename: source,
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
      module: { type: 'es6' },
    });
    const target = join(folder, source.replace(/ts$/, 'js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  return join(folder, FILE);
}

/** What a process prints that may have 32 files open. */
export function printedWith32Handles(program: string): string {
  const args = [
    '-c',
    'ulimit -n 32; exec "$0" "$@"',
    process.execPath,
    '--input-type=module',
    '-e',
  ];
  return execFileSync('sh', [...args, program], { encoding: 'utf8' });
}
