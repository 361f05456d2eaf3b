import type { CacheAdvice } from './cache-advice.js';
import type { TierName } from './options.js';

/** What one tier did since the start. Rates are shares from 0 to 1. */
export interface TierStats {
  hits: number;
  misses: number;
  /** Hits over hits and misses; 0 when never asked. */
  hitRate: number;
  sets: number;
  deletes: number;
  evictions: number;
  expirations: number;
  errors: number;
  /** Entries held now. */
  entries: number;
  /** Bytes held now. In memory an estimate: exact accounting needs a byte limit, otherwise a sample is scaled up. */
  bytes: number;
}

/** What the factories did since the start. */
export interface LoadStats {
  /** Factories run. */
  count: number;
  /** Factories that failed. */
  failures: number;
  /** Calls that joined a load already under way. */
  coalesced: number;
  /** Milliseconds spent in factories. */
  totalMs: number;
}

/** What the tiers did. */
export interface TiersStats {
  memoryCache: TierStats;
  fileCache: TierStats;
  remoteCache?: TierStats;
}

export interface CategoryStats extends TiersStats {
  /** What its memory tier should be, if that was asked for. */
  advice?: CacheAdvice;
}

/** What the cache is worth. */
export interface CacheStats extends TiersStats {
  loads: LoadStats;
  categories: Record<string, CategoryStats>;
}

/** What the cache is worth, and what it should be. */
export interface AdvisedCacheStats extends CacheStats {
  categories: Record<string, CategoryStats & { advice: CacheAdvice }>;
}

export interface StatsOptions {
  /**
   * Whether to say what each category's memory tier should be, from its own traffic.
   * @default false
   */
  advice?: boolean;
}

/** What a maintenance pass did in one tier. */
export interface TierCleanupReport {
  expired: number;
  evicted: number;
  bytesFreed: number;
}

/** What a maintenance pass did. */
export interface CleanupReport extends TierCleanupReport {
  durationMs: number;
  tiers: Partial<Record<TierName, TierCleanupReport>>;
}
