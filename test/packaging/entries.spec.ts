import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const run = promisify(execFile);

interface Manifest {
  name: string;
  exports: Record<string, string | { types: string; default: string }>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const entries = Object.entries(manifest.exports).flatMap(([path, target]) =>
  typeof target === 'string' ? [] : [{ path, ...target }],
);

/** Runs a program in a fresh Node, in which the package is found by its own name. */
async function evaluate(source: string, type: 'module' | 'commonjs'): Promise<unknown> {
  const { stdout } = await run(process.execPath, [
    '--no-warnings',
    `--input-type=${type}`,
    '--eval',
    source,
  ]);
  return JSON.parse(stdout) as unknown;
}

/** Names of the packages that importing an entry loads, ours left out. */
const LOADED = `
import { register } from 'node:module';
import { MessageChannel } from 'node:worker_threads';
const { port1, port2 } = new MessageChannel();
const seen = new Set();
// Messages come in the order in which they were sent.
const end = 'data:text/javascript,';
const told = new Promise((resolve) => {
  port1.on('message', (url) => (url === end ? resolve() : seen.add(url)));
});
register('data:text/javascript,' + encodeURIComponent(\`
let port;
export const initialize = (data) => { port = data; };
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  port.postMessage(found.url);
  return found;
}\`), { data: port2, transferList: [port2] });
await import(process.env.ENTRY);
await import(end);
await told;
const names = [...seen].flatMap((url) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1] ?? []);
console.log(JSON.stringify([...new Set(names)].sort()));
process.exit(0);
`;

async function loadedBy(entry: string): Promise<string[]> {
  const { stdout } = await run(
    process.execPath,
    ['--no-warnings', '--input-type=module', '--eval', LOADED],
    { env: { ...process.env, ENTRY: entry } },
  );
  return JSON.parse(stdout) as string[];
}

const COMPILER_OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  types: ['node'],
};

/** Types of ours in the declarations that an entry exports, and not exported by it themselves. */
function unnamedTypes(program: ts.Program, entry: string): string[] {
  const checker = program.getTypeChecker();
  const meant = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
  const exported = new Set(checker.getExportsOfModule(module).map(meant));
  const unnamed = new Set<string>();
  for (const { name: owner, declarations = [] } of exported) {
    const visit = (node: ts.Node): void => {
      const name = ts.isTypeReferenceNode(node)
        ? node.typeName
        : ts.isExpressionWithTypeArguments(node)
          ? node.expression
          : undefined;
      const found = name && checker.getSymbolAtLocation(name);
      const symbol = found && meant(found);
      if (symbol !== undefined && !exported.has(symbol) && isOurs(symbol)) {
        unnamed.add(`${owner}: ${symbol.name}`);
      }
      ts.forEachChild(node, visit);
    };
    declarations.forEach(visit);
  }
  return [...unnamed];
}

function isOurs({ flags, declarations = [] }: ts.Symbol): boolean {
  if (flags & ts.SymbolFlags.TypeParameter) return false;
  const path = declarations[0]?.getSourceFile().fileName ?? '';
  return path.includes('dist/') && !path.includes('node_modules');
}

describe('the built package', () => {
  it('has the files that its exports name', () => {
    for (const { types, default: code } of entries) {
      expect([types, existsSync(types)]).toEqual([types, true]);
      expect([code, existsSync(code)]).toEqual([code, true]);
    }
  });

  it('has the pages to which its pages link', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']);
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const packed = files.map(({ path }) => path);
    const pages = packed.filter((path) => path.endsWith('.md'));
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/README.md']));
    const missing = pages.flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#\s]+)/g)]
        .map(([, link]) => join(dirname(page), link!))
        .filter((path) => !packed.includes(path))
        .map((path) => `${page}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  it.each(entries.map(({ path }) => path.replace('.', manifest.name)))(
    'gives %s the same names to import and to require',
    async (entry) => {
      const imported = await evaluate(
        `console.log(JSON.stringify(Object.keys(await import('${entry}')).sort()))`,
        'module',
      );
      const required = await evaluate(
        `console.log(JSON.stringify(Object.keys(require('${entry}')).filter((name) => name !== '__esModule').sort()))`,
        'commonjs',
      );
      expect(imported).toEqual(required);
      expect(imported).not.toEqual([]);
    },
  );

  it('has declarations without an error in them', () => {
    const program = ts.createProgram(
      entries.map(({ types }) => types),
      COMPILER_OPTIONS,
    );
    const own = program
      .getSourceFiles()
      .filter(({ fileName }) => fileName.includes('dist/') && !fileName.includes('node_modules'));
    expect(own.length).toBeGreaterThan(entries.length);
    const problems = own.flatMap((file) => ts.getPreEmitDiagnostics(program, file));
    expect(problems.map(({ messageText }) => messageText)).toEqual([]);
  });

  it.each([
    [
      'takes options that were declared on their own, and infers those of a call',
      'declared-options',
    ],
    ['takes undefined for an option that may be left out', 'undefined-options'],
    ['is found by its class, and asked for answers', 'service-and-results'],
  ])('%s', (_what, name) => {
    const path = `test/packaging/programs/${name}.ts`;
    const program = ts.createProgram([path], COMPILER_OPTIONS);
    const source = program.getSourceFile(path);
    const problems = ts.getPreEmitDiagnostics(program, source).map(({ start, messageText }) => ({
      line: source!.getLineAndCharacterOfPosition(start ?? 0).line + 1,
      message: ts.flattenDiagnosticMessageText(messageText, '\n'),
    }));
    expect(problems).toEqual([]);
  });

  it.each(entries)(
    'lets every type of a signature of $path be imported from there',
    ({ types }) => {
      const program = ts.createProgram([types], COMPILER_OPTIONS);
      expect(unnamedTypes(program, types)).toEqual([]);
    },
  );

  it('names what the contract names', async () => {
    expect(
      await evaluate(
        `console.log(JSON.stringify(Object.keys(await import('${manifest.name}')).sort()))`,
        'module',
      ),
    ).toEqual(
      expect.arrayContaining([
        'CacheEvict',
        'CacheModule',
        'CacheOptionsError',
        'CachePut',
        'CacheService',
        'Cached',
        'createCache',
      ]),
    );
  });

  it.each(entries.map(({ path }) => path.replace('.', manifest.name)))(
    'leaves the classes and functions of %s their names: Nest prints them',
    async (entry) => {
      const named = (await evaluate(
        `const all = Object.entries(await import('${entry}')).filter(([, is]) => typeof is === 'function');
        console.log(JSON.stringify(all.map(([name, is]) => [name, is.name])))`,
        'module',
      )) as [string, string][];
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter(([name, own]) => name !== own)).toEqual([]);
    },
  );

  it('is few files, since each costs time at every start', () => {
    const files = readdirSync('dist', { recursive: true }).map(String);
    expect(files.filter((file) => file.endsWith('.js')).length).toBeLessThan(30);
  });

  it('loads no Nest with ./core', async () => {
    expect(await loadedBy(`${manifest.name}/core`)).toEqual([]);
  });

  it('loads no date library before an expression for the cleanup is given', async () => {
    const loaded = await evaluate(
      `const { createCache } = require('nestjs-tiered-cache/core');
      const isLoaded = () => Object.keys(require.cache).some((path) => path.includes('luxon'));
      const plain = createCache();
      const before = isLoaded();
      const timed = createCache({ cleanup: { cron: '*/10 * * * *' } });
      console.log(JSON.stringify([before, isLoaded()]));
      plain.close();
      timed.close();`,
      'commonjs',
    );
    expect(loaded).toEqual([false, true]);
  });

  it('loads nothing of its own with ./testing', async () => {
    expect(await loadedBy(`${manifest.name}/testing`)).toEqual([]);
  });

  it('loads nothing with . beyond Nest, its peers and what they bring', async () => {
    const peers = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>;
      peerDependencies: Record<string, string>;
    };
    const ours = { ...peers.dependencies, ...peers.peerDependencies };
    const direct = await loadedBy(manifest.name);
    expect(direct).toEqual(expect.arrayContaining(['@nestjs/common', '@nestjs/core', 'rxjs']));
    const brought = direct.filter((name) => !(name in ours));
    const byPeers = new Set<string>();
    for (const peer of Object.keys(ours)) collect(peer, byPeers);
    expect(brought.filter((name) => !byPeers.has(name))).toEqual([]);
  });
});

function collect(name: string, into: Set<string>): void {
  const path = `node_modules/${name}/package.json`;
  if (!existsSync(path)) return;
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(
    readFileSync(path, 'utf8'),
  ) as Record<string, Record<string, string>>;
  for (const next of Object.keys({ ...dependencies, ...peerDependencies })) {
    if (into.has(next)) continue;
    into.add(next);
    collect(next, into);
  }
}
