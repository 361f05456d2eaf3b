import type { TierCleanupReport } from '../model/cache-stats.js';
import type { StoreKey } from '../model/store-key.js';

/** What a byte store keeps: an encoded entry, and the epoch milliseconds at which it expires. */
export interface StoredBytes {
  readonly bytes: Uint8Array;
  readonly expiresAt: number;
}

/**
 * A store below memory: files, Redis, Memcached, or one of a user's own. It keeps bytes under a key
 * until a time, and knows nothing of values, tags or statistics; the tier stack encodes once for all
 * of them. Every method may fail: the stack counts it, and the next tier or the factory answers.
 *
 * For one key, operations take effect in the order in which they were called. A removal may reach back to
 * sets that are under way: they then leave nothing, not even for reads called before it.
 */
export interface ByteStore {
  /** For messages. */
  readonly name: string;
  /** What was set, until it has expired. */
  get(key: StoreKey): Promise<StoredBytes | undefined>;
  /** Keeps the bytes until `expiresAt`, in the place of those that were there. */
  set(key: StoreKey, bytes: Uint8Array, expiresAt: number): Promise<void>;
  /** How many there were. */
  delete(keys: readonly StoreKey[]): Promise<number>;
  /** As many `get`, in the order of the keys. */
  getMany?(keys: readonly StoreKey[]): Promise<(StoredBytes | undefined)[]>;
  /** As many `set`. */
  setMany?(entries: readonly (StoredBytes & { readonly key: StoreKey })[]): Promise<void>;
  /** Removes one category, or everything. */
  clear?(category?: string): Promise<void>;
  /** Removes what has expired and what is over the limits, for at most `budgetMs` at a stretch. */
  prune?(budgetMs: number): Promise<TierCleanupReport>;
  /** Rejects where the store cannot be reached. */
  ping?(): Promise<void>;
  /** Ends what the store opened. */
  close?(): Promise<void>;
}
