export { CacheService } from './core/cache.service.js';
export { createCache } from './core/create-cache.js';
export type {
  CacheHit,
  CacheMiss,
  CacheResult,
  CacheSource,
  MissReason,
} from './core/model/cache-result.js';
export type {
  CacheStats,
  CategoryStats,
  CleanupReport,
  LoadStats,
  TierCleanupReport,
  TierStats,
} from './core/model/cache-stats.js';
export type { CacheLogger } from './core/model/logger.js';
export type {
  AddressOptions,
  CacheOptions,
  CategoryOptions,
  EvictionPolicyName,
  Factory,
  FileTierOptions,
  LoadContext,
  LoadOptions,
  SetEntry,
  SetOptions,
  TierName,
  WrapOptions,
} from './core/model/options.js';
export type { RemovalCause } from './core/model/removal-cause.js';
export type { Clock } from './core/primitives/clock.js';
export { CacheError, CacheOptionsError, UnkeyableArgumentError } from './core/primitives/errors.js';
export type { CacheErrorCode } from './core/primitives/errors.js';
export type { DurationParts, Ttl } from './core/primitives/ttl.js';
export { CacheModule } from './nest/cache.module.js';
export type {
  CacheModuleAsyncOptions,
  CacheModuleOptions,
  CacheOptionsFactory,
} from './nest/cache-module.options.js';
export { CacheEvict, type CacheEvictOptions } from './nest/decorators/cache-evict.decorator.js';
export { CachePut, type CachePutOptions } from './nest/decorators/cache-put.decorator.js';
export { Cached } from './nest/decorators/cached.decorator.js';
export type { CachedOptions, VaryBy } from './nest/decorators/cached.options.js';
