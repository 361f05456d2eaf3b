import type { CacheObserver } from '../model/cache-event.js';
import { noCleanup, type TierCleanupReport } from '../model/cache-stats.js';
import type { CacheLogger } from '../model/logger.js';
import type { TierName } from '../model/options.js';
import type { CoarseClock } from '../primitives/clock.js';
import { checkTierList, noSuchTier } from '../primitives/tier-list.js';
import type { Category, TierSelection } from './category.js';
import type { LowerTier, TierLease } from './lower-tier.js';
import { StackReads } from './stack-reads.js';
import { StackRemovals } from './stack-removals.js';
import { StackWrites } from './stack-writes.js';
import { TierFailure, TierGuard } from './tier-guard.js';

/**
 * The tiers as one: reads go down and promote what they find, writes go to all, removals reach all
 * before they resolve. Memory is written synchronously, so that with memory alone every operation
 * takes effect before it returns. A tier that fails is counted, said once per change of state, and
 * passed over.
 */
export class TierStack {
  readonly lower: readonly LowerTier[];
  /** All there are. */
  readonly all: TierSelection;
  readonly reads: StackReads;
  readonly writes: StackWrites;
  readonly removals: StackRemovals;
  readonly #guard: TierGuard;

  constructor(
    lower: readonly LowerTier[],
    clock: CoarseClock,
    observer: CacheObserver,
    logger: CacheLogger,
  ) {
    this.lower = lower;
    this.all = { memory: true, lower };
    this.#guard = new TierGuard(lower, clock, observer, logger);
    this.writes = new StackWrites(clock, this.#guard);
    this.reads = new StackReads(clock, this.#guard, this.writes);
    this.removals = new StackRemovals(lower, this.#guard);
  }

  /** The tiers by name, nearest first. @throws CacheOptionsError for a tier that is not there */
  select(names: readonly TierName[], option: string): TierSelection {
    checkTierList(names, option);
    for (const name of names) {
      if (name !== 'memory' && !this.lower.some((tier) => tier.name === name)) {
        const there = ['memory', ...this.lower.map((tier) => tier.name)];
        throw noSuchTier(name, option, `a tier that is there: ${there.join(', ')}`);
      }
    }
    return {
      memory: names.includes('memory'),
      lower: this.lower.filter((tier) => names.includes(tier.name)),
    };
  }

  /** As `select`, for a call in a category. */
  selectFor(category: Category, names: readonly TierName[], option: string): TierSelection {
    const selection = this.select(names, option);
    for (const tier of selection.lower) category.reached.add(tier);
    return selection;
  }

  /** The lease of a key; undefined while another has it, `none` where none can be had. */
  async lease(
    category: Category,
    key: string,
    tiers: TierSelection,
  ): Promise<TierLease | 'none' | undefined> {
    const tier = tiers.lower.find(({ lease }) => lease !== undefined);
    if (tier === undefined) return 'none';
    const release = (held: TierLease): Promise<unknown> =>
      Promise.resolve(
        this.#guard.finish(tier, { kind: 'lease', category, work: () => held.release() }),
      );
    const lease = await this.#guard.attempt(tier, {
      kind: 'lease',
      category,
      work: () => tier.lease!(category.name, key),
      missed: (held) => void (held && release(held)),
    });
    if (lease instanceof TierFailure) return 'none';
    return lease && { release: () => release(lease).then(() => {}) };
  }

  /** One lower tier's part of a maintenance pass. */
  async prune(tier: LowerTier): Promise<TierCleanupReport> {
    const work = (): Promise<TierCleanupReport> => tier.prune();
    const report = await this.#guard.attempt(tier, { kind: 'prune', category: undefined, work });
    return report instanceof TierFailure ? noCleanup() : report;
  }

  /** Nothing that takes long is begun any more. */
  get closing(): boolean {
    return this.#guard.closing;
  }

  /**
   * What was started in the background has ended, and so has every tier. Loads that read below memory
   * are waited for, and kept if their factories answer at once; a factory that takes its time is not.
   */
  async close(): Promise<void> {
    if (this.lower.length === 0) return;
    await this.#guard.close();
  }

  /** What a tier has by its own account, with the time that a pass over all of it may take; undefined if it could not say. */
  async list<T>(
    tier: LowerTier,
    category: Category,
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    const listed = await this.#guard.attempt(tier, { kind: 'list', category, work });
    return listed instanceof TierFailure ? undefined : listed;
  }

  /** What does not wait, in one tier: a failure is known and told like any other. */
  attemptSync<T>(
    tier: LowerTier,
    kind: 'read',
    category: Category,
    work: () => T,
  ): T | TierFailure {
    return this.#guard.attemptSync(tier, { kind, category, work });
  }

  /** As `attemptSync`, of a user's write. */
  writeSync<T>(tier: LowerTier, category: Category, key: string, work: () => T): T | TierFailure {
    return this.#guard.fencedSync(tier, key, { kind: 'write', category, work });
  }

  /** As `attemptSync`, of a removal. */
  removeSync<T>(tier: LowerTier, category: Category, key: string, work: () => T): T | TierFailure {
    return this.#guard.fencedSync(tier, key, { kind: 'remove', category, work });
  }

  /** What `close` waits for. */
  track<T>(work: Promise<T>): Promise<T> {
    return this.#guard.track(work);
  }
}
