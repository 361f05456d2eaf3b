import type { CacheSwitch } from './cache-switch.js';
import { settingsOf } from './call-options.js';
import type { Categories } from './categories.js';
import { checkKey, stored, tooLarge, type MemoryTier } from './memory-tier.js';
import { failure, miss, timed, type CacheResult, type MissReason } from './model/cache-result.js';
import type { AddressOptions, SetEntry, SetOptions } from './model/options.js';
import type { Clock } from './primitives/clock.js';
import { asError } from './primitives/errors.js';
import type { Category, TierSelection } from './stack/category.js';
import type { TierStack } from './stack/tier-stack.js';
import { writeEntry } from './write-entry.js';

/** Entries by their keys, over all tiers of their category: what is read, written and removed without a load. */
export class TieredEntries {
  readonly #categories: Categories;
  readonly #stack: TierStack;
  readonly #memory: MemoryTier;
  readonly #clock: Clock;
  readonly #timed: boolean;
  readonly #power: CacheSwitch;

  constructor(parts: {
    categories: Categories;
    stack: TierStack;
    memory: MemoryTier;
    clock: Clock;
    /** Whether what memory alone takes is measured too. */
    timed: boolean;
    power: CacheSwitch;
  }) {
    this.#categories = parts.categories;
    this.#stack = parts.stack;
    this.#memory = parts.memory;
    this.#clock = parts.clock;
    this.#timed = parts.timed;
    this.#power = parts.power;
  }

  /** The value from the nearest tier that has it. Never rejects. */
  async get<T>(key: string, options?: AddressOptions): Promise<CacheResult<T>> {
    if (this.#power.off) return miss('disabled');
    try {
      const category = this.#categories.checkedAt(options);
      const tiers = this.tiersOf(category, options);
      let reason: MissReason = 'absent';
      if (tiers.memory) {
        const found = this.#memory.read<T>(key, category);
        if (found.success || tiers.lower.length === 0) return found;
        ({ reason } = found);
      }
      checkKey(key);
      return await this.#stack.reads.read<T>(category, key, tiers, { reason });
    } catch (error) {
      return failure(asError(error));
    }
  }

  /** Keeps a value in every tier of the category, or of the options; what the others have is older. Never rejects. */
  async set<T>(key: string, value: T, options?: SetOptions): Promise<CacheResult<T>> {
    try {
      checkKey(key);
      const category = this.#categories.checkedAt(options);
      const tiers = this.tiersOf(category, options);
      if (this.#power.off) {
        // What was there is older than what is not kept now.
        await this.delete([key], { category: category.name });
        return miss('disabled');
      }
      if (tiers.lower.length === 0 && !this.#timed) {
        return await this.#write(category, key, value, options, tiers);
      }
      const started = performance.now();
      return timed(started, await this.#write(category, key, value, options, tiers));
    } catch (error) {
      return failure(asError(error));
    }
  }

  /** One of a list of entries, with options for them all. Never rejects. @param at where it stands */
  async setListed(entry: SetEntry, at: number, options: SetOptions): Promise<CacheResult<unknown>> {
    try {
      const settings = settingsOf(entry, at, options);
      return await this.set(entry.key, entry.value, settings);
    } catch (error) {
      return failure(asError(error));
    }
  }

  /** Whether a tier has a fresh entry. @throws CacheOptionsError for a bad key or category */
  async has(key: string, options?: AddressOptions): Promise<boolean> {
    checkKey(key);
    const category = this.#categories.checkedAt(options);
    if (this.#power.off) return false;
    const tiers = this.tiersOf(category, options);
    if (tiers.memory && category.memory.has(key)) return true;
    if (tiers.lower.length === 0) return false;
    return this.#stack.reads.has(category, key, tiers);
  }

  /** How many there were. @throws CacheOptionsError for a bad key or category; nothing is then deleted */
  async delete(keys: readonly string[], options?: AddressOptions): Promise<number> {
    // The caller may use his list for something else before all tiers are done.
    const own = [...keys];
    for (const key of own) checkKey(key);
    const category = this.#categories.checkedAt(options);
    // Not only the category's: a call of `wrap` can have named others.
    const tiers = options?.tiers === undefined ? this.#stack.all : this.tiersOf(category, options);
    return this.#power.closed ? 0 : this.#stack.removals.keys(category, own, tiers);
  }

  /** The tiers that a call is about. @throws CacheOptionsError for those that there are not */
  tiersOf(category: Category, options: AddressOptions | undefined): TierSelection {
    return options?.tiers === undefined
      ? category.tiers
      : this.#stack.selectFor(category, options.tiers, 'tiers');
  }

  async #write<T>(
    category: Category,
    key: string,
    value: T,
    options: SetOptions | undefined,
    tiers: TierSelection,
  ): Promise<CacheResult<T>> {
    const now = this.#clock.now();
    const entry = writeEntry(value, options, category, now);
    const written = this.#stack.writes.set(category, key, entry, tiers);
    const beside = this.#stack.removals.beside(category, key, tiers);
    const outcome = await written;
    await beside;
    if (outcome === 'oversized') return tooLarge(category, key);
    if (outcome instanceof Error) return failure(outcome);
    if (outcome === 'refused') return stored(value, entry.expiresAt, now, 'none');
    const nearest = outcome === 'below' ? tiers.lower[0]!.name : 'memory';
    return stored(value, entry.expiresAt, now, nearest);
  }
}
