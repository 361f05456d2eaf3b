import { checkCallOptions, refuseLaterOptions } from './cache-options.js';
import type { Categories } from './categories.js';
import type { CacheEvents } from './events/cache-events.js';
import { collectStats } from './events/statistics.js';
import { explainKey } from './explain-key.js';
import { cachedFunction, keyOfCall, type AnyFunction } from './loading/cached-function.js';
import { DEFAULT_CONCURRENCY } from './loading/bounded-work.js';
import { loadUncached } from './loading/factory-call.js';
import { checkSignal } from './loading/freshness.js';
import type { Load } from './loading/load.js';
import { planLoad } from './loading/load-plan.js';
import { preload } from './loading/preload.js';
import { checkTags } from './primitives/tag-list.js';
import { valueOf, type LoadOutcome } from './loading/load-outcome.js';
import type { ReadThrough } from './loading/read-through.js';
import type { Maintenance } from './maintenance/maintenance.js';
import type { FileTier } from './file-tier.js';
import { checkKey, stored, tooLarge, type MemoryTier } from './memory-tier.js';
import type { CacheExplanation } from './model/cache-explanation.js';
import {
  failure,
  miss,
  type CacheHit,
  type CacheResult,
  type MissReason,
} from './model/cache-result.js';
import type {
  AdvisedCacheStats,
  CacheStats,
  CleanupReport,
  StatsOptions,
} from './model/cache-stats.js';
import type {
  AddressOptions,
  CachedOptions,
  Factory,
  SetEntry,
  SetOptions,
  WrapOptions,
} from './model/options.js';
import type { PreloadEntry, PreloadOptions, PreloadReport } from './model/preload.js';
import type { ResolvedOptions } from './model/resolved-options.js';
import { checkAll, checkEntries, checkIterable, objectOf } from './option-checks.js';
import { asError, CacheError, CacheOptionsError, closedMeanwhile } from './primitives/errors.js';
import { TimeSlice } from './primitives/time-slice.js';
import type { Category, TierSelection } from './stack/category.js';
import type { TagEpochs } from './stack/tag-epochs.js';
import type { TierStack } from './stack/tier-stack.js';
import { NOT_FOUND } from './stores/memory/key-table.js';
import { writeEntry } from './write-entry.js';

/** What `createCache` puts together. @internal */
export interface CacheParts {
  readonly options: ResolvedOptions;
  readonly categories: Categories;
  readonly stack: TierStack;
  readonly tags: TagEpochs;
  readonly loads: ReadThrough;
  readonly maintenance: Maintenance;
  readonly events: CacheEvents;
  readonly memory: MemoryTier;
  readonly file: FileTier | undefined;
  /** Stops what was started with the cache. */
  readonly stop: () => void;
}

/**
 * The cache. In Nest it is injected under its own class; elsewhere `createCache` makes one.
 *
 * Reads and writes answer with a `CacheResult` and do not reject: a tier that fails is passed over.
 * A read that begins after `set`, `delete`, `deleteMany`, `clear` or `invalidateTags` has resolved
 * never returns older data, whatever load was running meanwhile.
 *
 * @example
 * const price = await cache.wrap('AAPL', () => market.price('AAPL'), { ttl: '5m' });
 */
export class CacheService {
  /** The memory tier by itself, synchronously. */
  readonly memory: MemoryTier;
  /** What happens in the cache, as it happens. Costs nothing while nobody listens. */
  readonly events: CacheEvents;
  readonly #parts: CacheParts;
  readonly #categories: Categories;
  /** Aborted when nothing is to be kept: a cache that is switched off, or closed. */
  readonly #closedSignal = new AbortController();
  #off: boolean;
  #closing: Promise<void> | undefined;

  /** @internal Use `createCache` or `CacheModule`. */
  constructor(parts: CacheParts) {
    this.#parts = parts;
    this.memory = parts.memory;
    this.events = parts.events;
    this.#categories = parts.categories;
    this.#off = !parts.options.enabled;
    if (this.#off) this.#closedSignal.abort();
  }

  /** True once `close` was called: every call then runs uncached. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** The file tier by itself. @throws CacheError where the options say `file: false` */
  get file(): FileTier {
    const { file } = this.#parts;
    if (file !== undefined) return file;
    throw new CacheError('CACHE_TIER', 'the file tier is switched off by the option `file: false`');
  }

  /** The value from the nearest tier that has it; a lower tier's hit fills the tiers above. */
  async get<T = unknown>(key: string, options?: AddressOptions): Promise<CacheResult<T>> {
    if (this.#off) return miss('disabled');
    try {
      const category = this.#categories.at(options);
      const tiers = this.#tiersOf(category, options);
      let reason: MissReason = 'absent';
      if (tiers.memory) {
        const found = this.memory.read<T>(key, category);
        if (found.success || tiers.lower.length === 0) return found;
        ({ reason } = found);
      }
      checkKey(key);
      return await this.#getBelow<T>(category, key, tiers, reason);
    } catch (error) {
      return failure(asError(error));
    }
  }

  /**
   * Keeps a value in every tier of the category. A TTL of 0, or a `Date` in the past, keeps nothing
   * and removes what was there. Bad options are an error in the result.
   *
   * @example
   * await cache.set('AAPL', quote, { ttl: '15m', category: 'quotes', tags: ['equities'] });
   */
  async set<T>(key: string, value: T, options?: SetOptions): Promise<CacheResult<T>> {
    if (this.#off) return miss('disabled');
    try {
      checkKey(key);
      const category = this.#categories.at(options);
      const tiers = this.#tiersOf(category, options);
      const now = this.#parts.options.clock.now();
      const entry = writeEntry(value, options, category, now);
      const outcome = await this.#parts.stack.write(category, key, entry, tiers);
      if (outcome === 'oversized') return tooLarge(category, key);
      if (outcome instanceof Error) return failure(outcome);
      if (outcome === 'refused') return stored(value, entry.expiresAt, now, 'none');
      const nearest = outcome === 'below' ? tiers.lower[0]!.name : 'memory';
      return stored(value, entry.expiresAt, now, nearest);
    } catch (error) {
      return failure(asError(error));
    }
  }

  /** Whether a tier has a fresh entry. Not counted. @throws CacheOptionsError for a bad key or category */
  async has(key: string, options?: AddressOptions): Promise<boolean> {
    checkKey(key);
    const category = this.#categories.at(options);
    if (this.#off) return false;
    const tiers = this.#tiersOf(category, options);
    if (tiers.memory && category.memory.has(key)) return true;
    if (tiers.lower.length === 0) return false;
    return this.#parts.stack.hasBelow(category, key, tiers);
  }

  /** Removes the key from every tier; true if there was a fresh entry. @throws CacheOptionsError for a bad key or category */
  async delete(key: string, options?: AddressOptions): Promise<boolean> {
    return (await this.deleteMany([key], options)) > 0;
  }

  /** The answers in the order of the keys. */
  getMany<T = unknown>(
    keys: readonly string[],
    options?: AddressOptions,
  ): Promise<CacheResult<T>[]> {
    return Promise.all(keys.map((key) => this.get<T>(key, options)));
  }

  /** The answers in the order of the entries; one that fails does not keep the others out. */
  setMany(entries: readonly SetEntry[], options: SetOptions = {}): Promise<CacheResult<unknown>[]> {
    return Promise.all(
      entries.map(({ key, value, ttl, tags }) =>
        this.set(key, value, {
          ...options,
          ...(ttl === undefined ? {} : { ttl }),
          ...(tags === undefined ? {} : { tags }),
        }),
      ),
    );
  }

  /** How many there were. @throws CacheOptionsError for a bad key or category; nothing is then deleted */
  async deleteMany(keys: readonly string[], options?: AddressOptions): Promise<number> {
    for (const key of keys) checkKey(key);
    const category = this.#categories.at(options);
    const tiers = this.#tiersOf(category, options);
    return this.#off ? 0 : this.#parts.stack.delete(category, keys, tiers);
  }

  /**
   * The value of the key; if there is none, the factory's, which is then kept. Any number of
   * concurrent callers run the factory once. Rejects with what the factory threw, untouched; a
   * failed load is not kept.
   *
   * @example
   * const report = await cache.wrap(`report:${id}`, () => build(id), { ttl: '30m', tags: [`user:${id}`] });
   */
  wrap<T>(key: string, factory: Factory<T>, options?: WrapOptions<NoInfer<T>>): Promise<T> {
    try {
      const category = this.#categories.at(options);
      if (this.#readsMemory(category, options)) {
        const slot = category.memory.find(key);
        if (slot !== NOT_FOUND) {
          const value = category.memory.valueAt(slot) as T;
          this.#refreshAhead(category, key, factory, options);
          return Promise.resolve(value);
        }
      }
      return this.#load(category, key, factory, options).then(valueOf) as Promise<T>;
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  /** As `wrap`, with the answer as a `CacheResult`. Never rejects: what failed is in `error`. */
  getOrSet<T>(
    key: string,
    factory: Factory<T>,
    options?: WrapOptions<NoInfer<T>>,
  ): Promise<CacheResult<T>> {
    return this.getOrRelay(key, factory, factory, options);
  }

  /** @internal As `getOrSet`; `renewal` in place of the factory where nobody waits for it. */
  async getOrRelay<T>(
    key: string,
    factory: Factory<T>,
    renewal: Factory<T>,
    options?: WrapOptions<NoInfer<T>>,
  ): Promise<CacheResult<T>> {
    try {
      const category = this.#categories.at(options);
      if (this.#readsMemory(category, options)) {
        const found = this.memory.read<T>(key, category);
        if (found.success) {
          this.#refreshAhead(category, key, renewal, options);
          return found;
        }
      }
      return resultOf<T>(await this.#load(category, key, factory, options, renewal));
    } catch (error) {
      return failure(asError(error));
    }
  }

  /** @internal What can be had without waiting: fresh in memory, or stale where that may be served. */
  getAtOnce<T>(
    key: string,
    renewal: Factory<T>,
    options?: WrapOptions<NoInfer<T>>,
  ): CacheHit<T> | undefined {
    const category = this.#categories.at(options);
    if (!this.#readsMemory(category, options)) return undefined;
    const found = this.memory.read<T>(key, category);
    if (found.success) return found;
    const old = this.#parts.loads.serveAtOnce(this.#loadOf(category, key, renewal, options));
    const result = old && resultOf<T>(old);
    return result?.success === true ? result : undefined;
  }

  /**
   * Fills the cache: loads what is not fresh, so many at a time. One that fails does not keep the others
   * out. Ends early when the signal is aborted or the cache closed; it resolves then too.
   *
   * @throws CacheOptionsError for bad options, of the call or of an entry; nothing is then loaded
   * @example
   * const report = await cache.preload(tickers.map((key) => ({ key, factory: () => fetchQuote(key) })));
   * log(`${report.loaded} loaded, ${report.failed.length} failed`);
   */
  async preload(
    entries: Iterable<PreloadEntry>,
    options: PreloadOptions = {},
  ): Promise<PreloadReport> {
    checkAll(options, { concurrency: checkEntries, signal: checkSignal }, '');
    const { concurrency = DEFAULT_CONCURRENCY, signal } = options;
    const wanted = checkIterable(entries, 'entries').map((entry, at) => {
      const { key, factory, ...own } = objectOf(entry, `entries[${at}]`) as unknown as PreloadEntry;
      return this.#loadOf(this.#categories.at(own), key, factory, own);
    });
    const closed = this.#closedSignal.signal;
    return preload(wanted, {
      loads: this.#parts.loads,
      concurrency,
      signal: signal === undefined ? closed : AbortSignal.any([closed, signal]),
    });
  }

  /**
   * The same function, answering from the cache. The key is its name and all its arguments; arguments
   * that cannot be told apart safely (functions, instances with private state) make a call run
   * uncached, which is said once. A synchronous function stays synchronous on memory.
   *
   * Two functions of one name in one category share entries: set `name` or `key` for one of them.
   *
   * @throws CacheOptionsError for bad options
   * @example
   * const correlation = cache.cached(computeCorrelation, { ttl: '30m', category: 'calculations' });
   */
  cached<F extends (...args: never[]) => unknown>(
    fn: F,
    options: CachedOptions<Awaited<ReturnType<F>>, Parameters<F>> = {},
  ): F {
    if (typeof fn !== 'function') throw new CacheOptionsError('fn', fn, 'a function');
    const own = options as unknown as CachedOptions;
    this.checkOptions(own);
    const { name = fn.name } = own;
    if (name === '' && own.key === undefined) {
      throw new CacheOptionsError('name', name, 'given, or `key`, for a function without a name');
    }
    const category = this.#categories.at(own);
    const { loads, stack, options: resolved } = this.#parts;
    return cachedFunction(fn as unknown as AnyFunction, own, {
      category,
      plan: planLoad(category, own, stack),
      loads,
      logger: resolved.logger,
      name,
      working: () => !this.#off,
    }) as unknown as F;
  }

  /**
   * Removes every entry that carries one of the tags, in every category and tier. Large numbers are
   * removed a slice at a time; when it resolves, all are gone.
   *
   * @throws CacheOptionsError unless the tags are strings
   */
  async invalidateTags(tags: readonly string[]): Promise<void> {
    checkTags(tags, 'tags');
    if (this.#off) return;
    const { stack, events } = this.#parts;
    await stack.track(this.#invalidate(tags));
    if (events.listening) events.emit({ type: 'invalidateTags', tags });
  }

  /** Empties a category, or every category, in every tier. @throws CacheOptionsError for a bad category */
  async clear(category?: string): Promise<void> {
    const { categories, stack } = this.#parts;
    const cleared = category === undefined ? [...categories] : [categories.of(category)];
    if (!this.#off) await stack.clear(cleared, category);
  }

  /**
   * Where a key lives, until when, how large it is, what its loads are doing, and why a read of it finds
   * nothing. Its text is a few lines for a person. No read: nothing is counted, used or promoted.
   *
   * When a value in memory was made is kept from the category's first `explain` on.
   *
   * @throws CacheOptionsError for a bad key or category
   * @example
   * log(String(await cache.explain('AAPL', { category: 'quotes' })));
   */
  async explain(key: string, options?: AddressOptions): Promise<CacheExplanation> {
    checkKey(key);
    const category = this.#categories.at(options);
    const { stack, loads, options: resolved } = this.#parts;
    const tiers = this.#off ? { memory: false, lower: [] } : this.#tiersOf(category, options);
    return explainKey(category, key, tiers, { stack, loads, now: () => resolved.clock.now() });
  }

  /**
   * The key under which a function made by `cached` keeps the answer to a call; undefined for a
   * function that is none, and for arguments of which no key can be made.
   *
   * @example
   * const key = cache.keyOf(correlation, ['AAPL', 'MSFT']);
   */
  keyOf(fn: (...args: never[]) => unknown, args: readonly unknown[]): string | undefined {
    return keyOfCall(fn, undefined, args);
  }

  /**
   * What the cache did since the start, in all and by category; with `advice`, also what the memory tier
   * of each category should be: the hit ratio at other limits, misses by their reason, and a sentence.
   *
   * @example
   * const { categories } = cache.getStats({ advice: true });
   * log(categories['quotes']?.advice.text); // "74 % of misses were expiries: a longer TTL would help more …"
   */
  getStats(options: StatsOptions & { advice: true }): AdvisedCacheStats;
  getStats(options?: StatsOptions): CacheStats;
  getStats(options: StatsOptions = {}): CacheStats {
    const { categories, stack, loads } = this.#parts;
    // What an earlier process left below counts, whether this one has used it or not.
    for (const tier of stack.lower) for (const name of tier.categories()) categories.of(name);
    return collectStats(
      [...categories].map((category) => ({
        name: category.name,
        memory: category.memory,
        loads: loads.statsOf(category),
        lower: stack.lower.map((tier) => ({ name: tier.name, stats: tier.stats(category.name) })),
      })),
      options,
    );
  }

  /** One maintenance pass now: removes what has expired and trims what is over its limit. A second call while one runs gets the same pass. */
  cleanup(): Promise<CleanupReport> {
    return this.#parts.maintenance.run();
  }

  /** Checks options of `wrap`, `cached` or `@Cached` without using them. @throws CacheOptionsError */
  checkOptions(options: CachedOptions, where?: string): void {
    checkCallOptions(options, where);
  }

  /** @internal Whether calls with these options go below memory, so that their answers are promises. */
  goesBelow(options: CachedOptions): boolean {
    const category = this.#categories.at(options);
    return planLoad(category, options, this.#parts.stack).selection.lower.length > 0;
  }

  /** Ends everything the cache opened, and waits for what it had begun. Every later call runs uncached. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#off = true;
    this.#closedSignal.abort(closedMeanwhile());
    this.memory.close();
    this.#parts.file?.close();
    this.#parts.stop();
    const { loads, stack } = this.#parts;
    await Promise.all([loads.close(), stack.close()]);
  }

  #tiersOf(category: Category, options: AddressOptions | undefined): TierSelection {
    return options?.tiers === undefined
      ? category.tiers
      : this.#parts.stack.select(options.tiers, 'tiers');
  }

  /** Whether a load may be answered from memory without further ado. */
  #readsMemory(category: Category, options: WrapOptions | undefined): boolean {
    if (this.#off) return false;
    if (options === undefined) return category.tiers.memory;
    if (options.forceRefresh === true) return false;
    const { tiers } = options;
    if (tiers === undefined) return category.tiers.memory;
    // What is no list is refused where the load is planned.
    return Array.isArray(tiers) && tiers.includes('memory');
  }

  /** A hit with `refreshAhead`; without, the hot path goes on at once. */
  #refreshAhead(
    category: Category,
    key: string,
    factory: Factory<unknown>,
    options: WrapOptions | undefined,
  ): void {
    const share = options?.refreshAhead ?? category.options.load.refreshAhead;
    if (share === undefined) return;
    const plan = planLoad(category, options, this.#parts.stack);
    this.#parts.loads.refreshAhead({ category, key, factory, plan });
  }

  async #getBelow<T>(
    category: Category,
    key: string,
    tiers: TierSelection,
    reason: MissReason,
  ): Promise<CacheResult<T>> {
    const started = performance.now();
    const fence = category.fences.open(key);
    try {
      const found = await this.#parts.stack.readBelow(category, key, tiers, fence, { reason });
      const durationMs = performance.now() - started;
      return 'hit' in found
        ? { ...(found.hit as CacheHit<T>), durationMs }
        : { ...found, durationMs };
    } finally {
      fence.close();
    }
  }

  /** @throws CacheOptionsError synchronously, before the factory has run */
  #load(
    category: Category,
    key: string,
    factory: Factory<unknown>,
    options: WrapOptions | undefined,
    renewal = factory,
  ): Promise<LoadOutcome> {
    const load = { ...this.#loadOf(category, key, factory, options), renewal };
    return this.#off ? loadUncached(factory, load.plan) : this.#parts.loads.load(load);
  }

  /** @throws CacheOptionsError */
  #loadOf(
    category: Category,
    key: string,
    factory: Factory<unknown>,
    options: WrapOptions | undefined,
  ): Load {
    checkKey(key);
    if (typeof factory !== 'function')
      throw new CacheOptionsError('factory', factory, 'a function');
    if (options !== undefined) refuseLaterOptions(options);
    return { category, key, factory, plan: planLoad(category, options, this.#parts.stack) };
  }

  async #invalidate(tags: readonly string[]): Promise<void> {
    const { tags: epochs, stack } = this.#parts;
    epochs.invalidate(tags);
    await this.#invalidateMemory(tags);
    if (stack.lower.length === 0) return;
    await stack.invalidateTags(tags);
    // What was read below meanwhile is older than the invalidation too.
    epochs.invalidate(tags);
    await this.#invalidateMemory(tags);
  }

  async #invalidateMemory(tags: readonly string[]): Promise<void> {
    const slice = new TimeSlice();
    for (const { memory } of this.#parts.categories) {
      for (const tag of tags) {
        for (const _ of memory.invalidateTag(tag)) if (slice.spent()) await slice.rest();
      }
    }
  }
}

function resultOf<T>(outcome: LoadOutcome): CacheResult<T> {
  if (!outcome.ok) {
    const { thrown, durationMs } = outcome;
    return { ...failure(asError(thrown), 'function'), durationMs };
  }
  const { value, source, durationMs, stale, expiresAt } = outcome;
  return {
    success: true,
    value: value as T,
    source,
    ...(durationMs === undefined ? {} : { durationMs }),
    stale,
    expiresAt: expiresAt === Infinity ? undefined : expiresAt,
  };
}
