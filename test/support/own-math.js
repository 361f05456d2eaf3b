import swc from '@swc/jest';

/**
 * Compiles as `@swc/jest` does, and gives each module a `Math` of its own: a global is looked up through
 * the sandbox around a test at each use, and hashing keys took most of the contract suites' time.
 */
export default {
  createTransformer(options) {
    const compiler = swc.createTransformer(options);
    const withMath = ({ code, map }) => ({ code: `const { Math } = globalThis;${code}`, map });
    return {
      ...compiler,
      getCacheKey: (...file) => `own-math:${compiler.getCacheKey(...file)}`,
      process: (...file) => withMath(compiler.process(...file)),
      processAsync: async (...file) => withMath(await compiler.processAsync(...file)),
    };
  },
};
