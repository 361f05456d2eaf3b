import type { CacheAdvice } from './cache-advice.js';
import type { TierName } from './options.js';

/** What one tier did since the start. Rates are shares from 0 to 1. */
export interface TierStats {
  /** Reads that found a fresh value. */
  hits: number;
  /** Reads that found none. */
  misses: number;
  /** Hits over hits and misses; 0 when never asked. */
  hitRate: number;
  /** Values kept: written, loaded, or filled in from a lower tier. */
  sets: number;
  /** Entries deleted, cleared or invalidated. */
  deletes: number;
  /** Entries that made room for others, and values too large to be kept. */
  evictions: number;
  /** Entries removed because their TTL was over. */
  expirations: number;
  /** Operations that failed or took too long, and entries that were damaged. */
  errors: number;
  /** Entries held now. */
  entries: number;
  /** Bytes held now. In memory an estimate: exact accounting needs a byte limit, otherwise a sample is scaled up. */
  bytes: number;
}

/** Hits over all that was asked; 0 when never asked. */
export function hitRateOf({ hits, misses }: Pick<TierStats, 'hits' | 'misses'>): number {
  return hits === 0 ? 0 : hits / (hits + misses);
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

/** What the tiers did for one category. */
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

/** Options of `getStats`. */
export interface StatsOptions {
  /**
   * Whether to say what each category's memory tier should be, from its own traffic.
   * @default false
   */
  advice?: boolean | undefined;
}

/** What a maintenance pass did in one tier. */
export interface TierCleanupReport {
  /** Entries removed because their TTL was over. */
  expired: number;
  /** Entries removed because their category was over its limit. */
  evicted: number;
  /** What those took; in memory an estimate. */
  bytesFreed: number;
}

/** To be counted up. */
export function noCleanup(): TierCleanupReport {
  return { expired: 0, evicted: 0, bytesFreed: 0 };
}

/** What a maintenance pass did. */
export interface CleanupReport extends TierCleanupReport {
  /** Milliseconds from its start to its end, with what it waited for. */
  durationMs: number;
  /** What it did in each tier; those that it did not reach are not named. */
  tiers: Partial<Record<TierName, TierCleanupReport>>;
}
