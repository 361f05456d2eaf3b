import type { CacheEntry } from '../model/cache-entry.js';
import type { TierCleanupReport, TierStats } from '../model/cache-stats.js';
import type { TierName } from '../model/options.js';

/**
 * A tier below memory as the stack sees it: entries in and out, its codec and its `ByteStore`
 * behind it. For one key, operations take effect in the order in which they were called. Any method
 * may reject; the stack then goes on without this tier.
 */
export interface LowerTier {
  readonly name: Exclude<TierName, 'memory'>;
  /** The entry if it is there and fresh. */
  read(category: string, key: string): Promise<CacheEntry | undefined>;
  write(category: string, key: string, entry: CacheEntry): Promise<void>;
  delete(category: string, keys: readonly string[]): Promise<number>;
  clear(category: string): Promise<void>;
  invalidateTags(tags: readonly string[]): Promise<void>;
  prune(): Promise<TierCleanupReport>;
  stats(category: string): TierStats;
  close(): Promise<void>;
}
