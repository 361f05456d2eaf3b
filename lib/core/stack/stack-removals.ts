import type { Category, TierSelection } from './category.js';
import type { Fence } from './fences.js';
import type { LowerTier } from './lower-tier.js';
import type { Removal } from './removal.js';
import { TierFailure, type TierGuard } from './tier-guard.js';

/** Removals: in effect at once in memory, and in every tier before they resolve. */
export class StackRemovals {
  readonly #all: readonly LowerTier[];
  readonly #guard: TierGuard;

  constructor(lower: readonly LowerTier[], guard: TierGuard) {
    this.#all = lower;
    this.#guard = guard;
  }

  /** Removes keys from every tier; how many there were in the tier that had most of them. */
  keys(
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
      this.#guard.remove(tier, category, { type: 'keys', category: category.name, keys }),
    );
    return Promise.all(below)
      .then((counts) => Math.max(inMemory, ...counts.map(countOf)))
      .finally(() => {
        for (const release of releases) release();
      });
  }

  /**
   * A load has found that nothing is to be kept: what was there goes, unless the load was overtaken. What
   * goes below goes on in the background, as with `StackWrites.loaded`.
   */
  old(
    category: Category,
    key: string,
    tiers: TierSelection,
    fence: Fence,
  ): Promise<unknown> | undefined {
    if (this.#guard.closed || !fence.stands([])) return undefined;
    const removed = this.keys(category, [key], tiers);
    return typeof removed === 'number' ? undefined : removed;
  }

  /** What the tiers beside a selection have of a key is older than what has just been written to those. */
  beside(
    category: Category,
    key: string,
    { memory, lower }: TierSelection,
  ): number | Promise<number> {
    if (!memory) category.memory.delete(key);
    const mayHold = (tier: LowerTier): boolean =>
      category.reached.has(tier) || tier.mayHold?.(category.name) !== false;
    const isBeside = (tier: LowerTier): boolean => !lower.includes(tier) && mayHold(tier);
    if (lower.length === this.#all.length || !this.#all.some(isBeside)) return 0;
    return this.keys(category, [key], { memory: false, lower: this.#all.filter(isBeside) });
  }

  /** Empties a category, or all there are, in every tier. */
  async category(known: readonly Category[], name: string | undefined): Promise<void> {
    for (const { memory } of known) memory.clear();
    await this.#clear(known, name, this.#all);
  }

  /** As `category`, in one lower tier. */
  categoryIn(tier: LowerTier, known: readonly Category[], name: string | undefined): Promise<void> {
    return this.#clear(known, name, [tier]);
  }

  /** Ends what carries one of the tags, in every lower tier at once. */
  async tags(tags: readonly string[]): Promise<void> {
    const removal: Removal = { type: 'tags', tags };
    await Promise.all(this.#all.map((tier) => this.#guard.remove(tier, undefined, removal)));
  }

  async #clear(
    known: readonly Category[],
    name: string | undefined,
    lower: readonly LowerTier[],
  ): Promise<void> {
    for (const { fences } of known) fences.breakAll();
    if (lower.length === 0) return;
    const releases = known.map(({ fences }) => fences.holdAll());
    const removal: Removal = { type: 'category', category: name };
    await Promise.all(lower.map((tier) => this.#guard.remove(tier, undefined, removal)));
    for (const release of releases) release();
  }
}

function countOf(answer: number | TierFailure): number {
  return answer instanceof TierFailure ? 0 : answer;
}
