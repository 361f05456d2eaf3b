import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);

/** As esbuild makes CommonJS: a module knows no address of its own, and `require` stays as it stands. */
const BUNDLED = `
import { rollup } from 'rollup';
const bundle = await rollup({
  input: 'dist/core.js',
  external: (id) => !/^[./]/.test(id),
  plugins: [{ name: 'no-address', resolveImportMeta: (property) => property === null ? '{}' : 'undefined' }],
});
const { output } = await bundle.generate({ format: 'cjs', inlineDynamicImports: true });
console.log(output[0].code);
`;

/** The package as a CommonJS bundle, and `program` after it; it finds what is exported in `cache`. */
async function inBundle(program: string): Promise<unknown> {
  const { stdout: bundle } = await run(
    process.execPath,
    ['--no-warnings', '--input-type=module', '--eval', BUNDLED],
    { maxBuffer: 2 ** 26 },
  );
  const child = run(process.execPath, ['--input-type=commonjs', '-']);
  child.child.stdin!.end(`const cache = {};\n((exports) => {${bundle}})(cache);\n${program}`);
  return JSON.parse((await child).stdout) as unknown;
}

describe('in a CommonJS bundle', () => {
  it('an expression for the cleanup is read', async () => {
    const answers = await inBundle(`
      const answers = ['*/10 * * * *', 'now and then'].map((cron) => {
        try {
          void cache.createCache({ cleanup: { cron } }).close();
          return 'made';
        } catch ({ name, option }) {
          return name + ' ' + option;
        }
      });
      console.log(JSON.stringify(answers));`);
    expect(answers).toEqual(['made', 'CacheOptionsError cleanup.cron']);
  });

  it('an expression is refused by the name of its option where `cron` cannot be loaded', async () => {
    const [option, message] = (await inBundle(`
      const { Module } = require('node:module');
      const resolve = Module._resolveFilename;
      Module._resolveFilename = (name, ...rest) => resolve(name === 'cron' ? './none' : name, ...rest);
      try {
        cache.createCache({ cleanup: { cron: '*/10 * * * *' } });
      } catch ({ option, message }) {
        console.log(JSON.stringify([option, message]));
      }`)) as string[];
    expect(option).toBe('cleanup.cron');
    expect(message).toMatch(
      /got "\*\/10 \* \* \* \*", must be left out where the package cron cannot be loaded: Cannot find module '.\/none'/,
    );
  });
});
