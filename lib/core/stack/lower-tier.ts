import type { CacheEntry } from '../model/cache-entry.js';
import type { MissReason } from '../model/cache-result.js';
import type { TierCleanupReport, TierStats } from '../model/cache-stats.js';
import type { TierName } from '../model/options.js';
import type { Removal } from './removal.js';
import type { TierPatience } from './tier-patience.js';

/** A tier's own word for a point in its history. Only the tier that gave it can read it. */
export type TierMoment = unknown;

/** What became of a value that the tier has not refused. */
export type TierWritten = 'kept' | 'overtaken' | 'oversized';

/** The right to load a key alone, among all who share the tier. */
export interface TierLease {
  release(): Promise<void>;
}

/** How an entry is looked for. */
export interface TierLook {
  /** Neither counted nor a use of the entry. */
  readonly peek?: boolean;
  /** One that may still be served stale is given too; it counts as a miss. */
  readonly stale?: boolean;
}

/**
 * A tier below memory as the stack sees it: entries in and out, its codec and its store behind it.
 * For one key, operations take effect in the order in which they were called. Any method but `now`,
 * `stands`, `keeps`, `stats` and `categories` may reject; the stack then goes on without this tier.
 */
export interface LowerTier {
  readonly name: Exclude<TierName, 'memory'>;
  /** How long the stack waits for it. @default as long as it takes */
  readonly patience?: TierPatience;
  /** The present moment. A load keeps it from its start, so that the tier can tell what overtook it. */
  now(): TierMoment;
  /**
   * Whether nothing that the tier knows of has removed what a load found that began at that moment: by another
   * process, say. Asked before a caller joins the load, so it answers at once. @default true
   */
  stands?(category: string, key: string, tags: readonly string[], since: TierMoment): boolean;
  /** The entry if it is there and fresh, or why not. */
  read(
    category: string,
    key: string,
    look?: TierLook,
  ): CacheEntry | MissReason | Promise<CacheEntry | MissReason>;
  /** Keeps the entry; one that a load found since that moment only if nothing has overtaken the load. */
  write(
    category: string,
    key: string,
    entry: CacheEntry,
    since?: TierMoment,
  ): Promise<TierWritten | void>;
  /** False for a value that `write` will refuse, whatever the state of the tier. */
  keeps?(category: string, key: string, entry: CacheEntry): boolean;
  /** What the tier keeps of a category, where that is limited in bytes. */
  maxBytes?(category: string): number;
  /** False where the tier is known to have nothing of a category. @default true */
  mayHold?(category: string): boolean;
  /** Bytes that the entry of a key takes, where that is known. */
  sizeOf?(category: string, key: string): number | undefined;
  delete(category: string, keys: readonly string[]): Promise<number>;
  /** Empties a category, or all there are. */
  clear(category: string | undefined): Promise<void>;
  invalidateTags(tags: readonly string[]): Promise<void>;
  /**
   * Has what is to be removed taken for removed from now on, without waiting for anything; never throws. A
   * tier that has it does the same as soon as `delete`, `clear` and `invalidateTags` are called. For one
   * that has not, the stack remembers what it could not be told.
   */
  fence?(removal: Removal): void;
  /** An operation was not waited for any more, or not begun: it counts as an error. */
  givenUp?(category: string | undefined): void;
  prune(): Promise<TierCleanupReport>;
  /** The categories it has counts or entries of. */
  categories(): Iterable<string>;
  stats(category: string): TierStats;
  /** The lease of a key, or undefined while another has it. Rejects where leases cannot be kept. */
  lease?(category: string, key: string): Promise<TierLease | undefined>;
  close(): Promise<void>;
}
