import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const run = promisify(execFile);

/** Inside the project, so that the package is found by its own name, and not under version control. */
const FOLDER = 'build/readme';

interface Block {
  readonly page: string;
  readonly line: number;
  readonly file: string;
  readonly code: string;
}

/** Every TypeScript block of a page, with the line it starts on. */
function blocksOf(page: string): Block[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    const name = page.replaceAll(/[^a-z0-9]+/gi, '-');
    return { page, line, file: `${FOLDER}/${name}-${line}.ts`, code: match[1]! };
  });
}

const PAGES = [
  'README.md',
  'docs/README.md',
  ...ts.sys.readDirectory('docs', ['.md'], ['docs/design']),
]
  .map((page) => page.replace(`${process.cwd()}/`, ''))
  .filter((page, at, pages) => pages.indexOf(page) === at);

const blocks = PAGES.flatMap(blocksOf);
mkdirSync(FOLDER, { recursive: true });
for (const { file, code } of blocks) writeFileSync(file, `${code}\nexport {};\n`);

const { config } = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path)) as {
  config: { compilerOptions: object };
};
const { options } = ts.convertCompilerOptionsFromJson(
  { ...config.compilerOptions, noEmit: false, paths: {}, noUnusedLocals: false },
  process.cwd(),
);
const program = ts.createProgram(
  blocks.map(({ file }) => file),
  options,
);

/** What the comments after `console.log` say that it prints; `...` stands for more. */
function saidToPrint(code: string): RegExp[] {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)].map(([, said]) => {
    const parts = said!.split('...').map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`);
  });
}

describe('the code in the documentation', () => {
  afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

  it('is there', () => {
    expect(blocks.filter(({ page }) => page === 'README.md').length).toBeGreaterThanOrEqual(5);
  });

  it.each(blocks.map((block) => [`${block.page}:${block.line}`, block] as const))(
    'compiles and runs as printed at %s',
    async (_place, { file, code }) => {
      const source = program.getSourceFile(file);
      const problems = ts.getPreEmitDiagnostics(program, source).map((diagnostic) => ({
        line: source!.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line + 1,
        message: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
      }));
      expect(problems).toEqual([]);
      program.emit(source);
      const { stdout, stderr } = await run(process.execPath, [file.replace(/\.ts$/, '.js')], {
        timeout: 20_000,
      });
      expect(stderr).toBe('');
      const printed = stdout.split('\n');
      for (const said of saidToPrint(code)) {
        expect(printed).toContainEqual(expect.stringMatching(said));
      }
    },
    30_000,
  );
});
