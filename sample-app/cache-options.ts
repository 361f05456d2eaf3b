import type { CacheModuleOptions, TierName } from 'nestjs-tiered-cache';
import type { Settings } from './settings.js';

/** On disk behind memory: there after a restart. */
const ON_DISK: readonly TierName[] = ['memory', 'file'];

/** Histories are long lists of much the same. */
const COMPRESSED = { algorithm: 'brotli', threshold: '4kb' } as const;

/** How long each kind of answer may be served, how many of them are kept, and where. */
export function cacheOptions({ cacheDirectory, encryptionKeys }: Settings): CacheModuleOptions {
  return {
    defaultTtl: '10m',
    file: cacheDirectory === undefined ? {} : { directory: cacheDirectory },
    categories: {
      /** Prices move; there are few tickers, and many ranges of their history. */
      market_data: { ttl: '15m', maxEntries: 500, tiers: ON_DISK, compression: COMPRESSED },
      /** Small results for synchronous methods, which cannot wait for a disk: memory only. */
      calculations: { ttl: '30m', maxEntries: 2000 },
      /** What clients asked for that is nobody's own. Histories are large, so bytes are limited too. */
      api_responses: {
        ttl: '5m',
        maxEntries: 2000,
        maxBytes: '32mb',
        tiers: ON_DISK,
        compression: COMPRESSED,
      },
      /** What clients asked for about somebody's money: encrypted on disk, if there is a key. */
      portfolio: {
        ttl: '5m',
        maxEntries: 1000,
        tiers: ON_DISK,
        encryption: encryptionKeys.length > 0 && { keys: encryptionKeys },
      },
    },
  };
}
