import { checkTierList } from '../primitives/tier-list.js';
import { endOf, type CacheEntry } from '../model/cache-entry.js';
import type { CacheObserver } from '../model/cache-event.js';
import type { CacheHit, CacheMiss, MissReason } from '../model/cache-result.js';
import type { TierCleanupReport } from '../model/cache-stats.js';
import type { CacheLogger } from '../model/logger.js';
import type { TierName } from '../model/options.js';
import type { CoarseClock } from '../primitives/clock.js';
import { CacheError, CacheOptionsError, describe } from '../primitives/errors.js';
import type { Category, TierSelection } from './category.js';
import type { Fence } from './fences.js';
import type { LowerTier, TierLease, TierMoment } from './lower-tier.js';
import type { PutOutcome } from '../stores/memory/memory-entry.js';
import type { Removal } from './removal.js';
import { TierFailure, TierGuard } from './tier-guard.js';

/** An answer from below memory. */
export interface FoundBelow {
  readonly hit: CacheHit<unknown>;
  readonly tags: readonly string[];
  /** When it was made, epoch milliseconds; 0 if that is not known. */
  readonly bornAt: number;
}

/** What a read below memory takes for an answer. */
export interface Wanted {
  /** Why memory has none: what the miss says where no tier below knows better. */
  readonly reason?: MissReason;
  /** A stale entry is an answer too, if no tier has a fresh one. */
  readonly stale?: boolean;
}

/**
 * What became of a write. `below`: it is stored, but not in memory. The error is of a tier that was to keep
 * the value and could not.
 */
export type WriteOutcome = PutOutcome | 'below' | Error;

/** The lower tiers' words for the moment at which a load began, in their order. */
export type StackMoment = readonly TierMoment[];

const NO_MOMENT: StackMoment = [];

/** The moment of a tier that was left alone when the load began: what the load finds is not for it. */
const LEFT_ALONE: TierMoment = Symbol('left alone');

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
  readonly #clock: CoarseClock;
  readonly #guard: TierGuard;

  constructor(
    lower: readonly LowerTier[],
    clock: CoarseClock,
    observer: CacheObserver,
    logger: CacheLogger,
  ) {
    this.lower = lower;
    this.all = { memory: true, lower };
    this.#clock = clock;
    this.#guard = new TierGuard(lower, observer, logger);
  }

  /** The tiers by name, nearest first. @throws CacheOptionsError for a tier that is not there */
  select(names: readonly TierName[], option: string): TierSelection {
    checkTierList(names, option);
    for (const name of names) {
      if (name !== 'memory' && !this.lower.some((tier) => tier.name === name)) {
        const there = ['memory', ...this.lower.map((tier) => tier.name)];
        throw new CacheOptionsError(option, name, `a tier that is there: ${there.join(', ')}`);
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

  /** What a load that begins now must remember. */
  momentOf(tiers: TierSelection): StackMoment {
    if (tiers.lower.length === 0) return NO_MOMENT;
    return tiers.lower.map((tier) => (this.#guard.isLeftAlone(tier) ? LEFT_ALONE : tier.now()));
  }

  /**
   * The nearest answer below memory; it is promoted to the tiers above unless it was overtaken. A
   * miss carries the error of a tier that could not say. A fresh answer goes before a stale one, and a
   * stale one is promoted no further than to memory.
   */
  async readBelow(
    category: Category,
    key: string,
    tiers: TierSelection,
    fence: Fence,
    { reason = 'absent', stale = false }: Wanted = {},
  ): Promise<FoundBelow | CacheMiss> {
    const { lower } = tiers;
    const moment = lower.length > 1 ? this.momentOf(tiers) : NO_MOMENT;
    let missed: CacheMiss = { success: false, source: 'none', reason };
    let old: FoundBelow | undefined;
    for (const [at, tier] of lower.entries()) {
      const entry = await this.#guard.read(tier, category, key, () =>
        stale ? tier.read(category.name, key, false, true) : tier.read(category.name, key),
      );
      if (entry instanceof TierFailure) {
        missed = { success: false, source: 'none', error: entry.error, reason: 'error' };
        continue;
      }
      if (typeof entry === 'string') {
        if (missed.reason === 'absent') missed = { ...missed, reason: entry };
        continue;
      }
      const isStale = stale && entry.expiresAt <= this.#clock.now();
      if (isStale && old !== undefined) continue;
      if (fence.stands(entry.tags)) {
        if (tiers.memory) this.writeMemory(category, key, entry);
        for (const [place, above] of lower.slice(0, isStale ? 0 : at).entries()) {
          void this.#keep(above, category, key, entry, moment[place]);
        }
      }
      const { value, tags, createdAt: bornAt = 0 } = entry;
      const expiresAt = entry.expiresAt === Infinity ? undefined : entry.expiresAt;
      const hit = { success: true, value, source: tier.name, stale: isStale, expiresAt } as const;
      if (!isStale) return { hit, tags, bornAt };
      old = { hit, tags, bornAt };
    }
    return old ?? missed;
  }

  /** What a tier below memory has, fresh or stale, or why nothing; neither a use of it nor promoted. */
  async peekBelow(
    category: Category,
    key: string,
    tier: LowerTier,
  ): Promise<CacheEntry | MissReason | Error> {
    const entry = await this.#guard.read(tier, category, key, () =>
      tier.read(category.name, key, true, true),
    );
    return entry instanceof TierFailure ? entry.error : entry;
  }

  /** Whether a tier below memory has a fresh entry. */
  async hasBelow(category: Category, key: string, tiers: TierSelection): Promise<boolean> {
    for (const tier of tiers.lower) {
      const entry = await this.#guard.read(tier, category, key, () =>
        tier.read(category.name, key, true),
      );
      if (typeof entry === 'object' && !(entry instanceof TierFailure)) return true;
    }
    return false;
  }

  /** Writes memory at once. */
  writeMemory(category: Category, key: string, entry: CacheEntry): PutOutcome {
    if (this.#isOver(entry)) {
      category.memory.delete(key);
      return 'stored';
    }
    return category.memory.put(key, entry);
  }

  /**
   * Stores what a load found; false if it was overtaken. What goes below goes on in the background: a
   * promise that ends with it, and never rejects.
   */
  storeLoaded(
    category: Category,
    key: string,
    entry: CacheEntry,
    tiers: TierSelection,
    fence: Fence,
    since: StackMoment,
  ): boolean | Promise<unknown> {
    if (this.#guard.closed || !fence.stands(entry.tags) || this.#isOver(entry)) return false;
    const stored = tiers.memory && this.writeMemory(category, key, entry) === 'stored';
    if (tiers.lower.length === 0) return stored;
    const { lower } = tiers;
    return Promise.all(lower.map((tier, at) => this.#keep(tier, category, key, entry, since[at])));
  }

  /**
   * A load has found that nothing is to be kept: what was there goes, unless the load was overtaken. What
   * goes below goes on in the background, as with `storeLoaded`.
   */
  removeOld(
    category: Category,
    key: string,
    tiers: TierSelection,
    fence: Fence,
  ): Promise<unknown> | undefined {
    if (this.#guard.closed || !fence.stands([])) return undefined;
    const removed = this.delete(category, [key], tiers);
    return typeof removed === 'number' ? undefined : removed;
  }

  /**
   * A user's write: breaks every load of the key, and resolves when every tier has it. A value that a
   * tier refuses is in none: it would be there until the first restart, as if it had been kept.
   */
  write(
    category: Category,
    key: string,
    entry: CacheEntry,
    tiers: TierSelection,
  ): WriteOutcome | Promise<WriteOutcome> {
    category.fences.breakKey(key);
    if (tiers.lower.length === 0) return this.writeMemory(category, key, entry);
    const above = tiers.memory && this.#isKept(category, key, entry, tiers);
    const inMemory = above && this.writeMemory(category, key, entry) === 'stored';
    if (tiers.memory && !above) category.memory.delete(key);
    const release = category.fences.holdKey(key);
    return this.#writeBelow(category, key, entry, tiers)
      .then((outcome) => (outcome === 'stored' && !inMemory ? 'below' : outcome))
      .finally(release);
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
      this.#guard.remove(tier, category, { type: 'keys', category: category.name, keys }),
    );
    return Promise.all(below)
      .then((counts) => Math.max(inMemory, ...counts.map(countOf)))
      .finally(() => {
        for (const release of releases) release();
      });
  }

  /** What the tiers beside a selection have of a key is older than what has just been written to those. */
  removeBeside(
    category: Category,
    key: string,
    { memory, lower }: TierSelection,
  ): number | Promise<number> {
    if (!memory) category.memory.delete(key);
    const mayHold = (tier: LowerTier): boolean =>
      category.reached.has(tier) || tier.mayHold?.(category.name) !== false;
    const isBeside = (tier: LowerTier): boolean => !lower.includes(tier) && mayHold(tier);
    if (lower.length === this.lower.length || !this.lower.some(isBeside)) return 0;
    return this.delete(category, [key], { memory: false, lower: this.lower.filter(isBeside) });
  }

  /** Empties a category, or all there are, in every tier. */
  async clear(known: readonly Category[], name: string | undefined): Promise<void> {
    for (const { memory } of known) memory.clear();
    await this.#clear(known, name, this.lower);
  }

  /** As `clear`, in one lower tier. */
  clearTier(tier: LowerTier, known: readonly Category[], name: string | undefined): Promise<void> {
    return this.#clear(known, name, [tier]);
  }

  /** One lower tier's part of a maintenance pass. */
  async prune(tier: LowerTier): Promise<TierCleanupReport> {
    const work = (): Promise<TierCleanupReport> => tier.prune();
    const report = await this.#guard.attempt(tier, { kind: 'prune', category: undefined, work });
    return report instanceof TierFailure ? { expired: 0, evicted: 0, bytesFreed: 0 } : report;
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

  #isOver(entry: CacheEntry): boolean {
    const end = endOf(entry);
    return end <= this.#clock.horizon && end <= this.#clock.now();
  }

  #isKept({ name }: Category, key: string, entry: CacheEntry, { lower }: TierSelection): boolean {
    return this.#isOver(entry) || lower.every((tier) => tier.keeps?.(name, key, entry) !== false);
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
    if (category.memory.findStale(key)?.value === entry.value) category.memory.delete(key);
    return tooLargeFor(lower[at]!.name, category, key);
  }

  /** What a load has found, or a tier below, in one of the tiers. */
  async #keep(
    tier: LowerTier,
    category: Category,
    key: string,
    entry: CacheEntry,
    since: TierMoment,
  ): Promise<void> {
    if (since === LEFT_ALONE) return;
    const work = (): Promise<unknown> => tier.write(category.name, key, entry, since);
    await this.#guard.attempt(tier, { kind: 'write', category, work });
  }

  /** Ends what carries one of the tags, in every lower tier at once. */
  async invalidateTags(tags: readonly string[]): Promise<void> {
    const removal: Removal = { type: 'tags', tags };
    await Promise.all(this.lower.map((tier) => this.#guard.remove(tier, undefined, removal)));
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

function countOf(answer: number | TierFailure): number {
  return answer instanceof TierFailure ? 0 : answer;
}

/** A tier keeps less of a category than this one value takes. */
export function tooLargeFor(tier: string, { name }: Category, key: string): CacheError {
  const said = `${name}: the value of ${describe(key)} is larger than maxBytes of the ${tier} tier`;
  return new CacheError('CACHE_OVERSIZED', said);
}
