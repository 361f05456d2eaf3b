/** ESM Jest: Nest 12 ships ES modules only. swc compiles, tsc checks the types (`npm run typecheck`). */
export default {
  testEnvironment: 'node',
  // Only against a test that hangs: machines are shared and slow, and no test asserts a duration.
  testTimeout: 120_000,
  // One a core: Jest leaves one core out, which is half of two.
  maxWorkers: '100%',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^nestjs-tiered-cache$': '<rootDir>/lib/index.ts',
    '^nestjs-tiered-cache/(core|testing)$': '<rootDir>/lib/$1.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '<rootDir>/test/support/own-math.js',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: false,
          },
          target: 'es2023',
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};
