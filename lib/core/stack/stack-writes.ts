import { endOf, type CacheEntry } from '../model/cache-entry.js';
import type { CoarseClock } from '../primitives/clock.js';
import { CacheError, describe } from '../primitives/errors.js';
import type { PutOutcome } from '../stores/memory/memory-entry.js';
import type { Category, TierSelection } from './category.js';
import type { Fence } from './fences.js';
import type { LowerTier, TierMoment, TierWritten } from './lower-tier.js';
import { TierFailure, type TierGuard } from './tier-guard.js';

/**
 * What became of a write. `below`: it is stored, but not in memory. The error is of a tier that was to keep
 * the value and could not.
 */
export type WriteOutcome = PutOutcome | 'below' | Error;

/** The moment at which a load began, in one tier. */
interface LoadMoment {
  /** The tier's word for it. */
  readonly moment: TierMoment;
  /** As the guard counts the tier's recoveries. */
  readonly since: number;
}

/** The moment at which a load began, in each of the lower tiers, in their order; undefined where it was left alone: what the load finds is not for it. */
export type StackMoment = readonly (LoadMoment | undefined)[];

export const NO_MOMENT: StackMoment = [];

/** Writes: to memory at once, to the tiers below it in the background or while the caller waits. */
export class StackWrites {
  readonly #clock: CoarseClock;
  readonly #guard: TierGuard;

  constructor(clock: CoarseClock, guard: TierGuard) {
    this.#clock = clock;
    this.#guard = guard;
  }

  /** What a load that begins now must remember. */
  momentOf(tiers: TierSelection): StackMoment {
    if (tiers.lower.length === 0) return NO_MOMENT;
    return tiers.lower.map((tier) => {
      if (this.#guard.isLeftAlone(tier)) return undefined;
      return { moment: tier.now(), since: this.#guard.recoveriesOf(tier) };
    });
  }

  /** Whether no tier knows of a removal that has overtaken a load, by another process perhaps. Never throws. */
  stands(
    category: Category,
    key: string,
    tags: readonly string[],
    { lower }: TierSelection,
    since: StackMoment,
  ): boolean {
    if (this.#guard.closed) return true;
    return lower.every((tier, at) => {
      const began = since[at];
      if (tier.stands === undefined || began === undefined) return true;
      return this.#guard.isLeftAlone(tier) || tier.stands(category.name, key, tags, began.moment);
    });
  }

  /** Writes memory at once. */
  toMemory(category: Category, key: string, entry: CacheEntry): PutOutcome {
    if (this.#isOver(entry)) {
      category.memory.delete(key);
      return 'stored';
    }
    return category.memory.put(key, entry);
  }

  /**
   * Stores what a load found; false if it was overtaken, by another process perhaps. What goes below goes on in the
   * background: a promise that ends with it, and never rejects.
   */
  loaded(
    category: Category,
    key: string,
    entry: CacheEntry,
    tiers: TierSelection,
    fence: Fence,
    since: StackMoment,
  ): boolean | Promise<unknown> {
    if (this.#guard.closed || !fence.stands(entry.tags) || this.#isOver(entry)) return false;
    const { lower } = tiers;
    if (!this.stands(category, key, entry.tags, tiers, since)) return false;
    category.fences.supersede(key);
    const stored = tiers.memory && this.toMemory(category, key, entry) === 'stored';
    if (lower.length === 0) return stored;
    const below = lower.map((tier, at) => this.keepBelow(tier, category, key, entry, since[at]));
    return Promise.all(below).then((written) => {
      if (stored && written.includes('overtaken')) this.#takeBack(category, key, entry);
    });
  }

  /**
   * A user's write: breaks every load of the key, and resolves when every tier has it. A value that a
   * tier refuses is in none: it would be there until the first restart, as if it had been kept.
   */
  set(
    category: Category,
    key: string,
    entry: CacheEntry,
    tiers: TierSelection,
  ): WriteOutcome | Promise<WriteOutcome> {
    category.fences.breakKey(key);
    if (tiers.lower.length === 0) return this.toMemory(category, key, entry);
    const above = tiers.memory && this.#isKept(category, key, entry, tiers);
    const inMemory = above && this.toMemory(category, key, entry) === 'stored';
    if (tiers.memory && !above) category.memory.delete(key);
    const release = category.fences.holdKey(key);
    return this.#writeBelow(category, key, entry, tiers)
      .then((outcome) => (outcome === 'stored' && !inMemory ? 'below' : outcome))
      .finally(release);
  }

  /** What a load has found, or a tier below, in one of the tiers. */
  async keepBelow(
    tier: LowerTier,
    category: Category,
    key: string,
    entry: CacheEntry,
    began: LoadMoment | undefined,
  ): Promise<TierWritten | TierFailure | void> {
    if (began === undefined) return;
    const { moment, since } = began;
    const work = (): Promise<TierWritten | void> => tier.write(category.name, key, entry, moment);
    return this.#guard.attempt(tier, { kind: 'write', category, work, since });
  }

  /** What has turned out not to be kept goes from memory too, if it is still that. */
  #takeBack(category: Category, key: string, { value, expiresAt }: CacheEntry): void {
    const there = category.memory.findStale(key);
    if (there === undefined || there.value !== value || there.expiresAt !== expiresAt) return;
    category.memory.delete(key);
  }

  #isOver(entry: CacheEntry): boolean {
    const end = endOf(entry);
    return end <= this.#clock.horizon && end <= this.#clock.now();
  }

  #isKept({ name }: Category, key: string, entry: CacheEntry, { lower }: TierSelection): boolean {
    return this.#isOver(entry) || lower.every((tier) => tier.keeps?.(name, key, entry) !== false);
  }

  /** A user's write, in every lower tier at once. */
  async #writeBelow(
    category: Category,
    key: string,
    entry: CacheEntry,
    { lower }: TierSelection,
  ): Promise<WriteOutcome> {
    const written = await Promise.all(
      lower.map((tier) =>
        this.#guard.write(tier, category, key, () => tier.write(category.name, key, entry)),
      ),
    );
    const failed = written.find((each) => each instanceof TierFailure);
    if (failed !== undefined) return failed.error;
    const at = written.indexOf('oversized');
    if (at < 0) return 'stored';
    // It would be there until the first restart, as if it had been kept.
    this.#takeBack(category, key, entry);
    return tooLargeFor(lower[at]!, category, key);
  }
}

/** A tier keeps less of a category than this one value takes. */
export function tooLargeFor(tier: LowerTier, { name }: Category, key: string): CacheError {
  const where = `${tier.name}.maxBytesPerCategory, or else maxBytes`;
  const limit = tier.maxBytes?.(name);
  const said = limit === undefined ? where : `${where} (${limit})`;
  const message = `${name}: the value of ${describe(key)} is larger than ${said}`;
  return new CacheError('CACHE_OVERSIZED', message);
}
