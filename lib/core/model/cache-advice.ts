/**
 * Misses by why there was no value.
 *
 * - `neverSeen`: it was not there within what the cache remembers: as far back as four times the limit reaches
 * - `expired`: its TTL was over
 * - `evicted`: it had made room for others
 * - `invalidated`: one of its tags was invalidated
 * - `deleted`: it was deleted
 */
export interface MissCounts {
  neverSeen: number;
  expired: number;
  evicted: number;
  invalidated: number;
  deleted: number;
}

/** What the hit ratio would be at another limit. */
export interface LimitEstimate {
  /** As a multiple of the present limit. */
  factor: number;
  /** The limit in entries; absent if the category has none. */
  entries?: number;
  /** The limit in bytes; absent if the category has none. */
  bytes?: number;
  /** Hits over accesses, 0 to 1, were it held by the policy `lru`. */
  hitRate: number;
}

/**
 * What would help a category most.
 *
 * - `moreTraffic`: there was too little to say
 * - `largerLimit`, `longerTtl`, `fewerInvalidations`
 * - `smallerLimit`: half of it would do as well
 * - `none`: nothing would help
 */
export type AdviceLever =
  'moreTraffic' | 'largerLimit' | 'smallerLimit' | 'longerTtl' | 'fewerInvalidations' | 'none';

/** What the memory tier of a category should be, from its own traffic. Counts are of late, not since the start. */
export interface CacheAdvice {
  /** One sentence. */
  text: string;
  lever: AdviceLever;
  /** Accesses that this is about: about the last million, older ones counting less. */
  accesses: number;
  /** Of these accesses, 0 to 1. */
  hitRate: number;
  /** Of these accesses. */
  misses: MissCounts;
  /** At a quarter, half, once, twice and four times the limit; empty if there is no limit, or too little traffic. */
  curve: LimitEstimate[];
  /** What the curve is estimated from. */
  sample: {
    /** Share of the keys that are watched, 0 to 1. */
    rate: number;
    /** Accesses of late that were recorded. */
    accesses: number;
  };
}

/** What a sample of the traffic tells. */
export interface SampleReport {
  readonly rate: number;
  readonly records: number;
  /** Of the misses on keys of which nothing was remembered, the share that had been evicted. */
  readonly forgotten: number;
  readonly hitRates: readonly number[];
}

/** What a memory store knows of its traffic of late. */
export interface TrafficReport {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly hits: number;
  readonly misses: Readonly<MissCounts>;
  /** Absent where there is no limit to advise on. */
  readonly sample?: SampleReport;
}
