import type { MissReason } from './cache-result.js';
import type { TierName } from './options.js';
import type { RemovalCause } from './removal-cause.js';

/** What happened in the cache, by name. Every event names its category; most name their key. */
export interface CacheEventMap {
  hit: { tier: TierName; category: string; key: string };
  miss: { tier: TierName; category: string; key: string; reason: MissReason };
  set: { tier: TierName; category: string; key: string };
  remove: { tier: TierName; category: string; key: string; cause: RemovalCause };
  /** A factory answered. `stored: false`: it was overtaken by a write, or asked not to be kept. */
  load: { category: string; key: string; durationMs: number; stored: boolean };
  loadFailed: { category: string; key: string; durationMs: number; error: Error };
  /** A call joined a load already under way. */
  coalesce: { category: string; key: string };
  clear: { category: string };
  invalidateTags: { tags: readonly string[] };
  /** The category is empty where the failure was not about one. */
  tierFailed: { tier: TierName; category: string; error: Error };
}

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
