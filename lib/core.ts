export { CacheService } from './core/cache.service.js';
export { createCache } from './core/create-cache.js';
export type { FileTier } from './core/file-tier.js';
export type { CacheEvents, Unsubscribe } from './core/events/cache-events.js';
export type { MemoryTier } from './core/memory-tier.js';
export type {
  CacheEvent,
  CacheEventMap,
  CacheEventName,
  CacheObserver,
} from './core/model/cache-event.js';
export type {
  CacheExplanation,
  LoadExplanation,
  TierExplanation,
} from './core/model/cache-explanation.js';
export type {
  CacheHit,
  CacheMiss,
  CacheResult,
  CacheSource,
  MissReason,
} from './core/model/cache-result.js';
export type {
  AdviceLever,
  CacheAdvice,
  LimitEstimate,
  MissCounts,
} from './core/model/cache-advice.js';
export type {
  AdvisedCacheStats,
  CacheStats,
  CategoryStats,
  CleanupReport,
  LoadStats,
  StatsOptions,
  TierCleanupReport,
  TiersStats,
  TierStats,
} from './core/model/cache-stats.js';
export type { CacheLogger } from './core/model/logger.js';
export type {
  AddressOptions,
  BreakerOptions,
  ByteOptions,
  CachedOptions,
  CacheOptions,
  CategoryOptions,
  CompressionOptions,
  EncryptionOptions,
  EvictionPolicyName,
  Factory,
  FileTierOptions,
  FromArguments,
  FromValue,
  LoadContext,
  LoadOptions,
  LockScope,
  SetEntry,
  SetOptions,
  TierAddressOptions,
  TierName,
  WrapOptions,
} from './core/model/options.js';
export type {
  PreloadEntry,
  PreloadFailure,
  PreloadOptions,
  PreloadReport,
} from './core/model/preload.js';
export type { StoreKey } from './core/model/store-key.js';
export type { RemovalCause } from './core/model/removal-cause.js';
export type { Clock } from './core/primitives/clock.js';
export {
  CacheError,
  CacheLoadRingError,
  CacheOptionsError,
  CacheSerializationError,
  CacheTierTimeoutError,
  CacheTimeoutError,
  UnkeyableArgumentError,
  type CacheErrorCode,
} from './core/primitives/errors.js';
export type { DurationParts, Ttl } from './core/primitives/ttl.js';
export type { ByteStore, StoredBytes } from './core/stores/byte-store.js';
