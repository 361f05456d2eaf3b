import { noCleanup, type TierCleanupReport } from '../../core/model/cache-stats.js';
import type { StoreKey } from '../../core/model/store-key.js';
import type { Clock } from '../../core/primitives/clock.js';
import type { ByteStore, StoredBytes } from '../../core/stores/byte-store.js';

/**
 * The contract of a byte store in its plainest form: maps in memory, without limits. For tests, and to
 * read before you write a store of your own.
 *
 * @example
 * const clock = new ManualClock();
 * const store = new MemoryByteStore(clock);
 * await store.set({ category: 'users', key: '7' }, bytes, clock.now() + 60_000);
 */
export class MemoryByteStore implements ByteStore {
  readonly name = 'memory';
  /** A map in a map: no key of one category can be taken for one of another. */
  readonly #categories = new Map<string, Map<string, StoredBytes>>();
  readonly #clock: Clock;

  /** @param clock says what has expired */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async get({ category, key }: StoreKey): Promise<StoredBytes | undefined> {
    const entry = this.#categories.get(category)?.get(key);
    if (entry === undefined || this.#isOver(entry)) return undefined;
    return copyOf(entry);
  }

  async set({ category, key }: StoreKey, bytes: Uint8Array, expiresAt: number): Promise<void> {
    let entries = this.#categories.get(category);
    if (entries === undefined) {
      entries = new Map();
      this.#categories.set(category, entries);
    }
    entries.set(key, copyOf({ bytes, expiresAt }));
  }

  async delete(addresses: readonly StoreKey[]): Promise<number> {
    let fresh = 0;
    for (const { category, key } of addresses) {
      const entries = this.#categories.get(category);
      const entry = entries?.get(key);
      if (entry === undefined) continue;
      entries?.delete(key);
      if (!this.#isOver(entry)) fresh++;
    }
    return fresh;
  }

  getMany(addresses: readonly StoreKey[]): Promise<(StoredBytes | undefined)[]> {
    return Promise.all(addresses.map((address) => this.get(address)));
  }

  async setMany(entries: readonly (StoredBytes & { readonly key: StoreKey })[]): Promise<void> {
    await Promise.all(entries.map(({ key, bytes, expiresAt }) => this.set(key, bytes, expiresAt)));
  }

  async clear(category?: string): Promise<void> {
    if (category === undefined) this.#categories.clear();
    else this.#categories.delete(category);
  }

  async prune(): Promise<TierCleanupReport> {
    const report = noCleanup();
    for (const entries of this.#categories.values()) {
      for (const [key, entry] of entries) {
        if (!this.#isOver(entry)) continue;
        entries.delete(key);
        report.expired++;
        report.bytesFreed += entry.bytes.byteLength;
      }
    }
    return report;
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {}

  #isOver({ expiresAt }: StoredBytes): boolean {
    return expiresAt <= this.#clock.now();
  }
}

/** Neither who gave the bytes nor who gets them can change what is kept. */
function copyOf({ bytes, expiresAt }: StoredBytes): StoredBytes {
  return { bytes: Uint8Array.from(bytes), expiresAt };
}
