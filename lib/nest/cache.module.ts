import { type DynamicModule, Logger, Module, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { resolveOptions } from '../core/cache-options.js';
import { CacheService } from '../core/cache.service.js';
import type { CacheOptions } from '../core/model/options.js';
import { CacheOptionsError } from '../core/primitives/errors.js';
import type {
  CacheModuleAsyncOptions,
  CacheModuleOptions,
  CacheOptionsFactory,
} from './cache-module.options.js';
import { classesOf } from './application-classes.js';
import { CacheExplorer } from './cache.explorer.js';
import { CacheLifecycle } from './cache.lifecycle.js';
import { createOwnCache } from './default-directory.js';
import { CachePreloader } from './cache.preloader.js';
import { CacheSlot } from './cache.slot.js';
import { CACHE_MODULE_OPTIONS, CACHE_OPTIONS } from './cache.tokens.js';

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
  /** The cache with these options; global unless `isGlobal: false`. */
  static forRoot(options: CacheModuleOptions = {}): DynamicModule {
    return define(options.isGlobal, [{ provide: CACHE_MODULE_OPTIONS, useValue: options }]);
  }

  /**
   * The cache with options that are known only once other providers are.
   *
   * @example
   * CacheModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ defaultTtl: config.get('CACHE_TTL') }),
   * })
   */
  static forRootAsync(options: CacheModuleAsyncOptions): DynamicModule {
    return { ...define(options.isGlobal, asyncOptions(options)), imports: options.imports ?? [] };
  }
}

function define(isGlobal: boolean | undefined, options: Provider[]): DynamicModule {
  return {
    module: CacheModule,
    global: isGlobal ?? true,
    providers: [
      ...options,
      checkedOptions,
      CacheSlot,
      service,
      CacheExplorer,
      CachePreloader,
      CacheLifecycle,
    ],
    exports: [CacheService, CacheSlot],
  };
}

const checkedOptions: Provider = {
  provide: CACHE_OPTIONS,
  inject: [CACHE_MODULE_OPTIONS],
  useFactory: (given: CacheModuleOptions | undefined): CacheOptions => {
    const { isGlobal: _, ...options } = given ?? {};
    // Here, because the service is not told of the cleanup, and a test may replace it.
    resolveOptions(options);
    return { ...options, logger: options.logger ?? new Logger(CacheModule.name) };
  },
};

const service: Provider = {
  provide: CacheService,
  inject: [CACHE_OPTIONS, CacheSlot, ModulesContainer],
  useFactory: (options: CacheOptions, slot: CacheSlot, modules: ModulesContainer): CacheService => {
    // The lifecycle schedules the cleanup: it may belong in the application's own registry.
    const cache = createOwnCache({ ...options, cleanup: false });
    slot.fill(cache, options, classesOf(modules));
    return cache;
  },
};

function asyncOptions(options: CacheModuleAsyncOptions): Provider[] {
  const { useFactory, useClass, useExisting } = options;
  if (useFactory) {
    return [{ provide: CACHE_MODULE_OPTIONS, useFactory, inject: options.inject ?? [] }];
  }
  const factory = useClass ?? useExisting;
  if (factory === undefined) {
    const expected = 'given one of useFactory, useClass and useExisting';
    throw new CacheOptionsError('CacheModule.forRootAsync', options, expected);
  }
  const made: Provider = {
    provide: CACHE_MODULE_OPTIONS,
    useFactory: (made: CacheOptionsFactory) => made.createCacheOptions(),
    inject: [factory],
  };
  return useClass ? [made, useClass] : [made];
}
