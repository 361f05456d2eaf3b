import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** Where `tsc` leaves one module a file. */
const MODULES = 'build/modules';

/** What every entry uses in part: one file, where rollup would make one for each set of entries. */
const SHARED = /\/core\/(?:(?:primitives|model|codec)\/|option-checks)/;

const entries = readdirSync(MODULES).filter((file) => file.endsWith('.js'));

const external = (id) => !id.startsWith('.') && !id.startsWith('/') && !id.startsWith(MODULES);

const plugins = [
  {
    name: 'source-maps',
    load: (id) => ({
      code: readFileSync(id, 'utf8'),
      map: JSON.parse(readFileSync(`${id}.map`, 'utf8')),
    }),
  },
  {
    // A fifth of the code, which every start would read; it stays in the declarations, where editors look.
    name: 'without-comments',
    renderChunk(code) {
      const { outputText, sourceMapText } = ts.transpileModule(code, {
        compilerOptions: {
          target: 'ESNext',
          module: 'ESNext',
          removeComments: true,
          sourceMap: true,
        },
      });
      const map = JSON.parse(sourceMapText);
      return { code: outputText.replace(/^\/\/# sourceMappingURL=.*$/m, ''), map };
    },
  },
];

export default [
  /**
   * A few files instead of some two hundred: Node spends a third of a millisecond on each, which every
   * start of an application would pay. Declarations stay one a file.
   */
  {
    input: entries.map((file) => `${MODULES}/${file}`),
    output: {
      dir: 'dist',
      format: 'es',
      sourcemap: true,
      chunkFileNames: 'chunks/[name]-[hash].js',
      manualChunks: (id) => (SHARED.test(id) ? 'shared' : undefined),
      hoistTransitiveImports: false,
    },
    external,
    treeshake: false,
    plugins,
  },
  /** What the writing thread needs, and nothing else: beside the chunk that starts it. */
  {
    input: `${MODULES}/core/stores/file/thread/writing-thread.js`,
    output: { file: 'dist/chunks/writing-thread.js', format: 'es', sourcemap: true },
    external,
    plugins,
  },
];
