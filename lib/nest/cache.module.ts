import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  Optional,
  type Provider,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { CACHE_OPTION_NAMES, resolveOptions } from '../core/cache-options.js';
import { CacheService } from '../core/cache.service.js';
import { GuardedLogger } from '../core/guarded-logger.js';
import { loadCronPackage } from '../core/maintenance/cron-package.js';
import type { CacheOptions } from '../core/model/options.js';
import { checkBoolean, objectOf, refuseUnknown } from '../core/option-checks.js';
import { CacheOptionsError } from '../core/primitives/errors.js';
import { classesOf } from './application-classes.js';
import { asyncOptions } from './async-options.js';
import type { CacheModuleAsyncOptions, CacheModuleOptions } from './cache-module.options.js';
import { CacheExplorer } from './cache.explorer.js';
import { CacheLifecycle } from './cache.lifecycle.js';
import { createOwnCache } from './default-directory.js';
import { CachePreloader } from './cache.preloader.js';
import { CacheSlot } from './cache.slot.js';
import { CACHE_MODULE_OPTIONS, CACHE_OPTIONS } from './cache.tokens.js';
import { placeContextBearers } from './contexts/context-bearers.js';
import { modulesOf } from './modules-of.js';

/**
 * Makes the cache of an application: `CacheService` to inject, `@Cached`, `@CacheEvict` and
 * `@CachePut` on any method, and a scheduled cleanup.
 *
 * @throws CacheOptionsError when the application boots with an option that cannot be used
 * @example
 * @Module({ imports: [CacheModule.forRoot({ defaultTtl: '30m' })] })
 * export class AppModule {}
 */
@Module({})
export class CacheModule {
  /** @internal @param slot of this module, or of a global one that it sees */
  constructor(@Optional() @Inject(CacheSlot) slot: unknown) {
    if (slot !== undefined) return;
    const expected = 'imported as CacheModule.forRoot() or CacheModule.forRootAsync(...)';
    throw new CacheOptionsError('CacheModule', 'the class alone', expected);
  }

  /**
   * The cache with these options; global unless `isGlobal: false`.
   *
   * @throws CacheOptionsError for what is no object, and for `isGlobal`; for the rest when the application boots
   */
  static forRoot(options: CacheModuleOptions = {}): DynamicModule {
    const given: CacheModuleOptions = objectOf(options, 'CacheModule.forRoot options');
    const { isGlobal, ...own } = given;
    if (isGlobal !== undefined) checkBoolean(isGlobal, 'isGlobal');
    const provided = { provide: CACHE_MODULE_OPTIONS, useValue: own };
    return define(isGlobal, [provided, checkedOptions([...CACHE_OPTION_NAMES, 'isGlobal'])]);
  }

  /**
   * The cache with options that are known only once other providers are. `isGlobal` stands here, and not
   * among those.
   *
   * @throws CacheOptionsError unless it says in one way how they are made
   * @example
   * CacheModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ defaultTtl: config.get('CACHE_TTL') }),
   * })
   */
  static forRootAsync(options: CacheModuleAsyncOptions): DynamicModule {
    const providers = [...asyncOptions(options), checkedOptions(CACHE_OPTION_NAMES)];
    return { ...define(options.isGlobal, providers), imports: options.imports ?? [] };
  }
}

function define(isGlobal: boolean | undefined, options: Provider[]): DynamicModule {
  return {
    module: CacheModule,
    global: isGlobal ?? true,
    providers: [...options, CacheSlot, service, CacheExplorer, CachePreloader, CacheLifecycle],
    exports: [CacheService, CacheSlot],
  };
}

const checkedOptions = (names: readonly string[]): Provider => ({
  provide: CACHE_OPTIONS,
  inject: [CACHE_MODULE_OPTIONS],
  useFactory: async (given: unknown): Promise<CacheOptions> => {
    const made = given === undefined ? {} : objectOf(given, 'CacheModule.forRootAsync options');
    const { isGlobal, ...options }: CacheModuleOptions = made;
    if (isGlobal !== undefined) {
      // By now the module is global, or it is not.
      const expected =
        'left out of the options that are made: it stands beside useFactory, useClass or useExisting';
      throw new CacheOptionsError('isGlobal', isGlobal, expected);
    }
    // The check needs it at once, and here it can be waited for.
    const { cron } = Object(options.cleanup) as { readonly cron?: unknown };
    if (cron !== undefined) await loadCronPackage();
    // Here, because the service is not told of the cleanup, and a test may replace it.
    refuseUnknown(options, names);
    resolveOptions(options);
    // The decorators log as well, without the service.
    const logger = new GuardedLogger(options.logger ?? new Logger(CacheModule.name));
    return { ...options, logger };
  },
});

const service: Provider = {
  provide: CacheService,
  inject: [CACHE_OPTIONS, CacheSlot, ModuleRef],
  useFactory: (options: CacheOptions, slot: CacheSlot, ref: ModuleRef): CacheService => {
    // The lifecycle schedules the cleanup: it may belong in the application's own registry.
    const modules = modulesOf(ref);
    const cache = createOwnCache({ ...options, cleanup: false }, modules, slot);
    const classes = classesOf(modules);
    slot.fill(cache, options, classes);
    placeContextBearers(classes.decorated);
    return cache;
  },
};
