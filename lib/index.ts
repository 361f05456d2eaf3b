export * from './core.js';
export { CacheManagerAdapter } from './nest/cache-manager/cache-manager.adapter.js';
export type {
  CacheManagerEntry,
  CacheManagerEvents,
  CacheManagerLoad,
  CacheManagerOptions,
  CacheManagerWrapOptions,
  RawValue,
} from './nest/cache-manager/cache-manager.options.js';
export { CACHE_MANAGER, provideCacheManager } from './nest/cache-manager/cache-manager.provider.js';
export { addressOf, type CallAddress } from './nest/call-address.js';
export { CacheModule } from './nest/cache.module.js';
export type {
  CacheModuleAsyncOptions,
  CacheModuleOptions,
  CacheOptionsFactory,
} from './nest/cache-module.options.js';
export { CacheEvict, type CacheEvictOptions } from './nest/decorators/cache-evict.decorator.js';
export { CachePut, type CachePutOptions } from './nest/decorators/cache-put.decorator.js';
export { Cached } from './nest/decorators/cached.decorator.js';
// Those of `@Cached`, in the place of those of `cached()`, which they extend.
export type { CachedOptions as CachedFunctionOptions } from './core/model/options.js';
export type { CachedOptions, VaryBy } from './nest/decorators/cached.options.js';
export {
  Preload,
  type ArgumentLists,
  type PreloadDecoratorOptions,
} from './nest/decorators/preload.decorator.js';
