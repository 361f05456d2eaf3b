import { EntryBytes } from '../../../lib/core/stack/entry-bytes.js';
import type { LowerTier } from '../../../lib/core/stack/lower-tier.js';
import type { TierPatience } from '../../../lib/core/stack/tier-patience.js';
import { endOf, type CacheEntry } from '../../../lib/core/model/cache-entry.js';
import type { MissReason } from '../../../lib/core/model/cache-result.js';
import type { TierCleanupReport, TierStats } from '../../../lib/core/model/cache-stats.js';
import type { StoreKey } from '../../../lib/core/model/store-key.js';
import { ChaosStore, MemoryByteStore, type ManualClock } from '../../../lib/testing.js';

export const PATIENCE = { timeoutMs: 500, failures: 3, pauseMs: 10_000 };

/** A tier such as a server's client is: a byte store that fails or hangs when it is told to, with no fences of its own. */
export class ChaosTier implements LowerTier {
  readonly name = 'file';
  readonly patience: TierPatience;
  readonly store: ChaosStore;
  errors = 0;
  readonly #bytes: EntryBytes;
  readonly #tagged = new Map<string, StoreKey[]>();
  readonly #categories = new Map<string, Set<string>>();

  constructor(clock: ManualClock, patience: Partial<TierPatience> = {}) {
    this.patience = { ...PATIENCE, clock, ...patience };
    this.store = new ChaosStore(new MemoryByteStore(clock), clock);
    const codec = { serializer: 'v8', encryptionKeys: [] } as const;
    this.#bytes = new EntryBytes(
      () => codec,
      () => clock.now(),
    );
  }

  now(): undefined {}

  async read(category: string, key: string): Promise<CacheEntry | MissReason> {
    const found = await this.store.get({ category, key });
    return found === undefined ? 'absent' : this.#bytes.decode(category, key, found.bytes);
  }

  async write(category: string, key: string, entry: CacheEntry): Promise<void> {
    const address = { category, key };
    for (const tag of entry.tags) {
      this.#tagged.set(tag, [...(this.#tagged.get(tag) ?? []), address]);
    }
    this.#categories.set(category, (this.#categories.get(category) ?? new Set()).add(key));
    const bytes = this.#bytes.encodeSync(category, key, entry);
    await this.store.set(address, bytes, endOf(entry));
  }

  delete(category: string, keys: readonly string[]): Promise<number> {
    return this.store.delete(keys.map((key) => ({ category, key })));
  }

  async clear(category: string | undefined): Promise<void> {
    const cleared = category === undefined ? [...this.#categories.keys()] : [category];
    const keys = cleared.flatMap((name) =>
      [...(this.#categories.get(name) ?? [])].map((key) => ({ category: name, key })),
    );
    await this.store.delete(keys);
  }

  async invalidateTags(tags: readonly string[]): Promise<void> {
    await this.store.delete(tags.flatMap((tag) => this.#tagged.get(tag) ?? []));
  }

  async prune(): Promise<TierCleanupReport> {
    await this.store.get({ category: '', key: '' });
    return { expired: 0, evicted: 0, bytesFreed: 0 };
  }

  givenUp(): void {
    this.errors++;
  }

  categories(): string[] {
    return [];
  }

  stats(): TierStats {
    const none = { hits: 0, misses: 0, hitRate: 0, sets: 0, deletes: 0, evictions: 0 };
    return { ...none, expirations: 0, errors: this.errors, entries: 0, bytes: 0 };
  }

  async close(): Promise<void> {
    await this.store.get({ category: '', key: '' });
  }
}
