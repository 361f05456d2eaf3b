import type { CacheEntry } from '../model/cache-entry.js';
import type { CacheObserver } from '../model/cache-event.js';
import type { CacheHit } from '../model/cache-result.js';
import type { TierCleanupReport } from '../model/cache-stats.js';
import type { CacheLogger } from '../model/logger.js';
import type { TierName } from '../model/options.js';
import type { CoarseClock } from '../primitives/clock.js';
import { asError, CacheOptionsError } from '../primitives/errors.js';
import type { Category, TierSelection } from './category.js';
import type { Fence } from './fences.js';
import type { LowerTier } from './lower-tier.js';

/** An answer from below memory. */
export interface FoundBelow {
  readonly hit: CacheHit<unknown>;
  readonly tags: readonly string[];
}

/** What became of a write. */
export type WriteOutcome = 'stored' | 'oversized' | 'failed';

/**
 * The tiers as one: reads go down and promote what they find, writes go to all, removals reach all
 * before they resolve. Memory is written synchronously, so that with memory alone every operation
 * takes effect before it returns. A tier that fails is counted, said once per change of state, and
 * passed over.
 */
export class TierStack {
  readonly lower: readonly LowerTier[];
  readonly #clock: CoarseClock;
  readonly #observer: CacheObserver;
  readonly #logger: CacheLogger;
  readonly #failing = new Set<string>();
  readonly #background = new Set<Promise<unknown>>();

  constructor(
    lower: readonly LowerTier[],
    clock: CoarseClock,
    observer: CacheObserver,
    logger: CacheLogger,
  ) {
    this.lower = lower;
    this.#clock = clock;
    this.#observer = observer;
    this.#logger = logger;
  }

  /** The tiers by name, nearest first. @throws CacheOptionsError for a tier that is not there */
  select(names: readonly TierName[], option: string): TierSelection {
    for (const name of names) {
      if (name !== 'memory' && !this.lower.some((tier) => tier.name === name)) {
        throw new CacheOptionsError(option, name, "a tier that is there: 'memory'");
      }
    }
    return {
      memory: names.includes('memory'),
      lower: this.lower.filter((tier) => names.includes(tier.name)),
    };
  }

  /** The nearest answer below memory; it is promoted to the tiers above unless it was overtaken. */
  async readBelow(
    category: Category,
    key: string,
    tiers: TierSelection,
    fence: Fence,
  ): Promise<FoundBelow | undefined> {
    for (const [at, tier] of tiers.lower.entries()) {
      const entry = await this.#attempt(tier, category.name, () => tier.read(category.name, key));
      if (entry === undefined) continue;
      if (fence.stands(entry.tags)) {
        if (tiers.memory) this.writeMemory(category, key, entry);
        for (const above of tiers.lower.slice(0, at)) {
          void this.#track(
            this.#attempt(above, category.name, () => above.write(category.name, key, entry)),
          );
        }
      }
      const { value, tags } = entry;
      const expiresAt = entry.expiresAt === Infinity ? undefined : entry.expiresAt;
      return { hit: { success: true, value, source: tier.name, stale: false, expiresAt }, tags };
    }
    return undefined;
  }

  /** Writes memory at once; false if the value is over the limit by itself. */
  writeMemory(category: Category, key: string, entry: CacheEntry): boolean {
    if (this.#isOver(entry)) {
      category.memory.delete(key);
      return true;
    }
    return category.memory.set(key, entry.value, entry.expiresAt, entry.tags);
  }

  /** Stores what a load found, unless it was overtaken. What goes below goes on in the background. */
  storeLoaded(
    category: Category,
    key: string,
    entry: CacheEntry,
    tiers: TierSelection,
    fence: Fence,
  ): boolean {
    if (!fence.stands(entry.tags) || this.#isOver(entry)) return false;
    const stored = tiers.memory && this.writeMemory(category, key, entry);
    if (tiers.lower.length > 0) void this.#track(this.#writeBelow(category, key, entry, tiers));
    return stored || tiers.lower.length > 0;
  }

  /** A user's write: breaks every load of the key, and resolves when every tier has it. */
  write(
    category: Category,
    key: string,
    entry: CacheEntry,
    tiers: TierSelection,
  ): WriteOutcome | Promise<WriteOutcome> {
    category.fences.breakKey(key);
    const inMemory = tiers.memory && this.writeMemory(category, key, entry);
    if (tiers.lower.length === 0) return inMemory ? 'stored' : 'oversized';
    const release = category.fences.holdKey(key);
    return this.#track(this.#writeBelow(category, key, entry, tiers))
      .then((below): WriteOutcome => (inMemory || below ? 'stored' : 'failed'))
      .finally(release);
  }

  /** Removes keys from every tier; how many there were in the tier that had most of them. */
  delete(
    category: Category,
    keys: readonly string[],
    tiers: TierSelection,
  ): number | Promise<number> {
    let inMemory = 0;
    for (const key of keys) {
      category.fences.breakKey(key);
      if (tiers.memory && category.memory.delete(key)) inMemory++;
    }
    if (tiers.lower.length === 0) return inMemory;
    const releases = keys.map((key) => category.fences.holdKey(key));
    const below = tiers.lower.map((tier) =>
      this.#attempt(tier, category.name, () => tier.delete(category.name, keys)),
    );
    return Promise.all(below)
      .then((counts) => Math.max(inMemory, ...counts.map((count) => count ?? 0)))
      .finally(() => {
        for (const release of releases) release();
      });
  }

  /** Empties the category in every tier. */
  async clear(category: Category): Promise<void> {
    category.fences.breakAll();
    category.memory.clear();
    if (this.lower.length === 0) return;
    const release = category.fences.holdAll();
    await this.eachLower(category, (tier) => tier.clear(category.name));
    release();
  }

  /** One lower tier's part of a maintenance pass. */
  async prune(tier: LowerTier): Promise<TierCleanupReport> {
    const report = await this.#attempt(tier, '', () => tier.prune());
    return report ?? { expired: 0, evicted: 0, bytesFreed: 0 };
  }

  /** What was started in the background has ended, and so has every tier. */
  async close(): Promise<void> {
    while (this.#background.size > 0) await Promise.allSettled(this.#background);
    await Promise.allSettled(this.lower.map((tier) => tier.close()));
  }

  #isOver({ expiresAt }: CacheEntry): boolean {
    return expiresAt <= this.#clock.horizon && expiresAt <= this.#clock.now();
  }

  async #writeBelow(
    category: Category,
    key: string,
    entry: CacheEntry,
    tiers: TierSelection,
  ): Promise<boolean> {
    const written = await Promise.all(
      tiers.lower.map((tier) =>
        this.#attempt(tier, category.name, async () => {
          await tier.write(category.name, key, entry);
          return true;
        }),
      ),
    );
    return written.includes(true);
  }

  /** Does something in every lower tier at once. */
  async eachLower(category: Category, work: (tier: LowerTier) => Promise<unknown>): Promise<void> {
    await Promise.all(
      this.lower.map((tier) => this.#attempt(tier, category.name, () => work(tier))),
    );
  }

  async #attempt<T>(
    tier: LowerTier,
    category: string,
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      const answer = await work();
      if (this.#failing.delete(tier.name)) this.#logger.warn(`The ${tier.name} tier works again`);
      return answer;
    } catch (thrown) {
      const error = asError(thrown);
      if (!this.#failing.has(tier.name)) {
        this.#failing.add(tier.name);
        this.#logger.error(`The ${tier.name} tier fails; going on without it: ${error.message}`);
      }
      if (this.#observer.listening) {
        this.#observer.emit({ type: 'tierFailed', tier: tier.name, category, error });
      }
      return undefined;
    }
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#background.add(work);
    try {
      return await work;
    } finally {
      this.#background.delete(work);
    }
  }
}
