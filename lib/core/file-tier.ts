import type { CacheSwitch } from './cache-switch.js';
import { categoryNamed } from './call-options.js';
import type { Categories } from './categories.js';
import { checkKey, stored } from './memory-tier.js';
import { failure, miss, timed, type CacheResult } from './model/cache-result.js';
import type { TierAddressOptions, SetOptions } from './model/options.js';
import type { Clock } from './primitives/clock.js';
import { asError, CacheOptionsError } from './primitives/errors.js';
import type { TierSelection } from './stack/category.js';
import type { FileStoreTier } from './stack/file-store-tier.js';
import { TierFailure } from './stack/tier-guard.js';
import { tooLargeFor } from './stack/stack-writes.js';
import type { TierStack } from './stack/tier-stack.js';
import { writeEntry } from './write-entry.js';

/**
 * The file tier by itself: values that survive a restart, without memory in front. What fails on the disk
 * is an error in the result. So is a bad key, category, TTL or tag of `get` and `set`; the others reject with a
 * `CacheOptionsError`, and the synchronous ones throw it.
 *
 * @example
 * await cache.file.set('rates', rates, { ttl: '1d' });
 * const kept = cache.file.getSync<Rates>('rates'); // where there is no waiting
 */
export class FileTier {
  readonly #parts: {
    readonly categories: Categories;
    readonly stack: TierStack;
    readonly clock: Clock;
    readonly tier: FileStoreTier;
  };
  readonly #selection: TierSelection;
  readonly #power: CacheSwitch;

  /** @internal */
  constructor(parts: {
    categories: Categories;
    stack: TierStack;
    clock: Clock;
    tier: FileStoreTier;
    power: CacheSwitch;
  }) {
    this.#parts = parts;
    this.#selection = { memory: false, lower: [parts.tier] };
    this.#power = parts.power;
  }

  /** The value, or why there is none. */
  async get<T = unknown>(key: string, options?: TierAddressOptions): Promise<CacheResult<T>> {
    return this.#answer(async () => {
      if (this.#power.off) return miss('disabled');
      checkKey(key);
      const category = this.#parts.categories.checkedIn('file', options);
      return this.#parts.stack.reads.read<T>(category, key, this.#selection);
    });
  }

  /**
   * Keeps a value; it is on disk when this resolves. A TTL of 0, or a `Date` in the past, keeps nothing
   * and removes what was there. A value that would not come back as it was is a
   * `CacheSerializationError` in the result.
   */
  async set<T>(
    key: string,
    value: T,
    options?: Omit<SetOptions, 'tiers'>,
  ): Promise<CacheResult<T>> {
    return this.#answer(async () => {
      if (this.#power.off) {
        // What was there is older than what is not kept now.
        await this.delete(key, options);
        return miss('disabled');
      }
      checkKey(key);
      const { stack, clock } = this.#parts;
      const category = this.#parts.categories.checkedIn('file', options);
      const started = performance.now();
      const now = clock.now();
      const entry = writeEntry(value, options, category, now);
      const outcome = await stack.writes.set(category, key, entry, this.#selection);
      return timed(
        started,
        outcome instanceof Error ? failure(outcome) : stored(value, entry.expiresAt, now, 'file'),
      );
    });
  }

  /** Whether there is a fresh entry. Neither a use of it nor counted. @throws CacheOptionsError */
  async has(key: string, options?: TierAddressOptions): Promise<boolean> {
    checkKey(key);
    const category = this.#parts.categories.checkedIn('file', options);
    return !this.#power.off && this.#parts.stack.reads.has(category, key, this.#selection);
  }

  /** True if there was a fresh entry. Loads of the key under way are not kept. @throws CacheOptionsError */
  async delete(key: string, options?: TierAddressOptions): Promise<boolean> {
    checkKey(key);
    const category = this.#parts.categories.checkedIn('file', options);
    if (this.#power.closed) return false;
    return (await this.#parts.stack.removals.keys(category, [key], this.#selection)) > 0;
  }

  /** Empties a category on disk, or all there are. @throws CacheOptionsError for a bad category */
  async clear(category?: string | TierAddressOptions): Promise<void> {
    const name = categoryNamed(category, 'file');
    const { categories, stack, tier } = this.#parts;
    const cleared = name === undefined ? [...categories] : [categories.of(name)];
    if (!this.#power.closed) await stack.removals.categoryIn(tier, cleared, name);
  }

  /**
   * Keys of the fresh entries of a category, in no order; none where the disk fails, or does not answer in
   * the time of a cleanup. Just after a start it waits until the folder has been looked through.
   */
  async keys(category?: string | TierAddressOptions): Promise<string[]> {
    const { categories, stack, tier } = this.#parts;
    const of = categories.of(categoryNamed(category, 'file'));
    if (this.#power.off) return [];
    return (await stack.list(tier, of, () => tier.keys(of.name))) ?? [];
  }

  /**
   * As `get`, blocking the event loop for one file: for code that cannot wait.
   *
   * @throws CacheOptionsError for a bad key or bad options
   */
  getSync<T = unknown>(key: string, options?: TierAddressOptions): CacheResult<T> {
    return this.#answerSync(() => {
      if (this.#power.off) return miss('disabled');
      checkKey(key);
      const { stack, tier } = this.#parts;
      const category = this.#parts.categories.checkedIn('file', options);
      const started = performance.now();
      const entry = stack.attemptSync(tier, 'read', category, () =>
        tier.readSync(category.name, key),
      );
      if (entry instanceof TierFailure) return timed(started, failure(entry.error));
      if (typeof entry === 'string') return timed(started, miss(entry));
      const expiresAt = entry.expiresAt === Infinity ? undefined : entry.expiresAt;
      const value = entry.value as T;
      return timed(started, { success: true, value, source: 'file', stale: false, expiresAt });
    });
  }

  /**
   * As `set`, blocking the event loop for one file.
   *
   * @throws CacheOptionsError for a bad key, TTL or tag, and bad options
   */
  setSync<T>(key: string, value: T, options?: Omit<SetOptions, 'tiers'>): CacheResult<T> {
    return this.#answerSync(() => {
      if (this.#power.off) {
        this.deleteSync(key, options);
        return miss('disabled');
      }
      checkKey(key);
      const { clock, stack, tier } = this.#parts;
      const category = this.#parts.categories.checkedIn('file', options);
      const started = performance.now();
      const now = clock.now();
      const entry = writeEntry(value, options, category, now);
      category.fences.breakKey(key);
      const written = stack.writeSync(tier, category, key, () =>
        tier.writeSync(category.name, key, entry),
      );
      if (written instanceof TierFailure) return timed(started, failure(written.error));
      if (written === 'oversized') {
        return timed(started, failure(tooLargeFor(tier, category, key)));
      }
      return timed(started, stored(value, entry.expiresAt, now, 'file'));
    });
  }

  /** As `delete`, blocking the event loop for one file. @throws CacheOptionsError for a bad key or category */
  deleteSync(key: string, options?: TierAddressOptions): boolean {
    checkKey(key);
    const category = this.#parts.categories.checkedIn('file', options);
    if (this.#power.closed) return false;
    category.fences.breakKey(key);
    const { stack, tier } = this.#parts;
    // Also of a tier that is left alone: it is dead then, whether or not its file goes.
    const removed = stack.removeSync(tier, category, key, () =>
      tier.deleteSync(category.name, key),
    );
    return removed === true;
  }

  async #answer<T>(work: () => Promise<CacheResult<T>>): Promise<CacheResult<T>> {
    try {
      return await work();
    } catch (error) {
      return failure(asError(error));
    }
  }

  #answerSync<T>(work: () => CacheResult<T>): CacheResult<T> {
    try {
      return work();
    } catch (thrown) {
      const error = asError(thrown);
      if (error instanceof CacheOptionsError) throw error;
      return failure(error);
    }
  }
}
