/**
 * The layers of DESIGN: imports run downward only, types included, and never sideways between two
 * folders of one layer. A rule per layer names what that layer must not see.
 */
const core = (name) => `^lib/core/${name}/`;
const forbid = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: to },
});

const facade = '^lib/core/[^/]+\\.ts$';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '^lib/[^/]+\\.ts$'] },
      to: {},
    },
    forbid(
      'core-knows-no-nest',
      '^lib/core',
      '^lib/nest|@nestjs|rxjs|reflect-metadata',
      'two rooms',
    ),
    forbid('primitives-import-nothing', core('primitives'), '^lib/(?!core/primitives/)'),
    forbid('model-on-primitives', core('model'), '^lib/(?!core/(primitives|model)/)'),
    forbid('events-on-model', core('events'), '^lib/(?!core/(primitives|model|events)/)'),
    forbid('codec-on-model', core('codec'), '^lib/(?!core/(primitives|model|codec)/)'),
    forbid('stores-on-model', core('stores'), '^lib/(?!core/(primitives|model|stores)/)'),
    forbid(
      'stack-on-stores',
      core('stack'),
      '^lib/(?!core/(primitives|model|events|codec|stores|stack)/)',
    ),
    forbid(
      'loading-on-stack',
      core('loading'),
      `^lib/core/maintenance/|${facade}|^lib/[^/]+\\.ts$`,
    ),
    forbid(
      'maintenance-on-stack',
      core('maintenance'),
      `^lib/core/loading/|${facade}|^lib/[^/]+\\.ts$`,
    ),
    forbid('core-knows-no-integration', '^lib/core', '^lib/integrations', 'it runs by itself'),
    forbid('nest-knows-no-integration', '^lib/nest', '^lib/integrations', 'two rooms'),
    forbid(
      'integrations-know-no-nest',
      '^lib/integrations',
      '^lib/nest',
      'the command loads none of it',
    ),
    forbid('no-barrel-inside', '^lib/[^/]+/', '^lib/[^/]+\\.ts$', 'entries are for users'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
