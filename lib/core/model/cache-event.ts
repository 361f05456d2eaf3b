import type { MissReason } from './cache-result.js';
import type { TierName } from './options.js';
import type { RemovalCause } from './removal-cause.js';

/** What happened in the cache, by name. Every event names its category; most name their key. */
export interface CacheEventMap {
  /** A tier had a fresh value. */
  hit: { tier: TierName; category: string; key: string };
  /** A tier was asked, and had none. */
  miss: { tier: TierName; category: string; key: string; reason: MissReason };
  /** A value was kept, by a write, a load or from a lower tier. */
  set: { tier: TierName; category: string; key: string };
  /** An entry has left. */
  remove: { tier: TierName; category: string; key: string; cause: RemovalCause };
  /** A factory answered. `stored: false`: it was overtaken by a write, or asked not to be kept. */
  load: { category: string; key: string; durationMs: number; stored: boolean };
  /** A factory threw, or took longer than `hardTimeout`. */
  loadFailed: { category: string; key: string; durationMs: number; error: Error };
  /** A call joined a load already under way. */
  coalesce: { category: string; key: string };
  /** A category was emptied. */
  clear: { category: string };
  /** Every entry with one of the tags has gone. */
  invalidateTags: { tags: readonly string[] };
  /** An operation of a tier failed, or took too long. The category is empty where the failure was not about one. */
  tierFailed: { tier: TierName; category: string; error: Error };
}

/** The name of an event, for `events.on`. */
export type CacheEventName = keyof CacheEventMap;

/** An event as a listener to all of them gets it. */
export type CacheEvent = {
  [Name in CacheEventName]: { type: Name } & CacheEventMap[Name];
}[CacheEventName];

/**
 * Where the parts of the cache say what happened. They ask `listening` first, so that an event
 * nobody wants is never made.
 */
export interface CacheObserver {
  readonly listening: boolean;
  emit(event: CacheEvent): void;
}
