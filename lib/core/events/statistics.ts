import type { TrafficReport } from '../model/cache-advice.js';
import {
  hitRateOf,
  type CacheStats,
  type CategoryStats,
  type LoadStats,
  type StatsOptions,
  type TierStats,
} from '../model/cache-stats.js';
import type { TierName } from '../model/options.js';
import type { RemovalCause } from '../model/removal-cause.js';
import { adviseOn, LIMIT_FACTORS } from './advice.js';

/** What a memory store counts by itself. */
export interface MemoryCounts {
  readonly hits: number;
  readonly misses: number;
  readonly sets: number;
  readonly size: number;
  readonly removals: Readonly<Record<RemovalCause, number>>;
  bytes(): number;
  /** @param sizes in limits, at which the hit ratio is wanted */
  traffic(sizes: readonly number[]): TrafficReport;
}

/** One category's counts, as the parts of the cache keep them. */
export interface CategoryCounts {
  readonly name: string;
  readonly memory: MemoryCounts;
  readonly loads: Readonly<LoadStats>;
  readonly lower: readonly { readonly name: TierName; readonly stats: TierStats }[];
}

/** Adds the categories' counts up. */
export function collectStats(
  categories: readonly CategoryCounts[],
  { advice = false }: StatsOptions = {},
): CacheStats {
  const byName = categories.map(({ name, memory, lower }): [string, CategoryStats] => {
    const below = new Map(lower.map((tier) => [tier.name, tier.stats]));
    const remoteCache = below.get('remote');
    const stats: CategoryStats = {
      memoryCache: memoryStats(memory),
      fileCache: below.get('file') ?? nothing(),
      ...(remoteCache === undefined ? {} : { remoteCache }),
      ...(advice ? { advice: adviseOn(memory.traffic(LIMIT_FACTORS)) } : {}),
    };
    return [name, stats];
  });
  const all = byName.map(([, stats]) => stats);
  const remotes = all.flatMap(({ remoteCache }) => remoteCache ?? []);
  return {
    memoryCache: sum(all.map(({ memoryCache }) => memoryCache)),
    fileCache: sum(all.map(({ fileCache }) => fileCache)),
    ...(remotes.length === 0 ? {} : { remoteCache: sum(remotes) }),
    loads: categories.reduce((total, { loads }) => addLoads(total, loads), {
      count: 0,
      failures: 0,
      coalesced: 0,
      totalMs: 0,
    }),
    // `fromEntries` defines own properties, so a category called `__proto__` is just a name.
    categories: Object.fromEntries(byName),
  };
}

function memoryStats(memory: MemoryCounts): TierStats {
  const { hits, misses, sets, removals } = memory;
  return {
    hits,
    misses,
    hitRate: hitRateOf(memory),
    sets,
    deletes: removals.deleted + removals.invalidated,
    evictions: removals.evicted + removals.oversized,
    expirations: removals.expired,
    errors: 0,
    entries: memory.size,
    bytes: memory.bytes(),
  };
}

function nothing(): TierStats {
  return {
    hits: 0,
    misses: 0,
    hitRate: 0,
    sets: 0,
    deletes: 0,
    evictions: 0,
    expirations: 0,
    errors: 0,
    entries: 0,
    bytes: 0,
  };
}

function sum(tiers: readonly TierStats[]): TierStats {
  const total = nothing();
  for (const tier of tiers) {
    for (const name of Object.keys(total) as (keyof TierStats)[]) total[name] += tier[name];
  }
  return { ...total, hitRate: hitRateOf(total) };
}

function addLoads(total: LoadStats, loads: Readonly<LoadStats>): LoadStats {
  return {
    count: total.count + loads.count,
    failures: total.failures + loads.failures,
    coalesced: total.coalesced + loads.coalesced,
    totalMs: total.totalMs + loads.totalMs,
  };
}
