import type { CacheSwitch } from './cache-switch.js';
import { checkCallOptions } from './call-options.js';
import type { Categories } from './categories.js';
import type { CacheEvents } from './events/cache-events.js';
import { collectStats } from './events/statistics.js';
import { explainKey } from './explain-key.js';
import type { FileTier } from './file-tier.js';
import type { KeyedLoads } from './keyed-loads.js';
import { DEFAULT_CONCURRENCY } from './loading/bounded-work.js';
import { cachedFunction, keyOfCall, type AnyFunction } from './loading/cached-function.js';
import { checkSignal } from './loading/freshness.js';
import { planLoad } from './loading/load-plan.js';
import { preload } from './loading/preload.js';
import { type HandOver, isPatient } from './loading/uncached-call.js';
import type { ReadThrough } from './loading/read-through.js';
import type { Maintenance } from './maintenance/maintenance.js';
import { checkKey, type MemoryTier } from './memory-tier.js';
import type { CacheExplanation } from './model/cache-explanation.js';
import type { CacheHit, CacheResult } from './model/cache-result.js';
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
import {
  checkAll,
  checkBoolean,
  checkEntries,
  checkIterable,
  checkList,
  objectOf,
} from './option-checks.js';
import {
  CacheError,
  CacheOptionsError,
  checkedWithin,
  closedMeanwhile,
} from './primitives/errors.js';
import { joinedSignal } from './primitives/joined-signal.js';
import { ownTags } from './primitives/tag-list.js';
import type { TierSelection } from './stack/category.js';
import type { TagInvalidation } from './stack/tag-invalidation.js';
import type { TierStack } from './stack/tier-stack.js';
import type { TieredEntries } from './tiered-entries.js';

/** What `createCache` puts together. @internal */
export interface CacheParts {
  readonly options: ResolvedOptions;
  readonly power: CacheSwitch;
  readonly categories: Categories;
  readonly stack: TierStack;
  readonly tags: TagInvalidation;
  readonly loads: ReadThrough;
  readonly entries: TieredEntries;
  readonly keyedLoads: KeyedLoads;
  readonly maintenance: Maintenance;
  readonly events: CacheEvents;
  readonly memory: MemoryTier;
  readonly file: FileTier | undefined;
  /** Begins to look at what an earlier process left on disk. */
  readonly openFiles: () => void;
  /** Stops what was started with the cache. */
  readonly stop: () => void;
}

/** Those of a cache that is switched off. */
const NO_TIERS: TierSelection = { memory: false, lower: [] };

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
  // Not `#private`: who injects it may have put a proxy around it. Declared, as they are made where no log shows them.
  declare private readonly parts: CacheParts;
  declare private readonly categories: Categories;
  declare private readonly entries: TieredEntries;
  declare private readonly keyedLoads: KeyedLoads;
  declare private readonly tags: TagInvalidation;
  /** Aborted when nothing is to be kept: a cache that is switched off, or closed. */
  declare private readonly ending: AbortController;
  declare private closing: Promise<void> | undefined;

  /** For `createCache` and `CacheModule`: nobody else has what a cache is put together from. */
  constructor(parts: { readonly nobodyElse: never });
  /** @internal */
  constructor(parts: CacheParts);
  constructor(given: object) {
    const parts = given as CacheParts;
    const { memory, events, categories, entries, keyedLoads, tags } = parts;
    this.memory = memory;
    this.events = events;
    const ending = new AbortController();
    addHidden(this, { parts, categories, entries, keyedLoads, tags, ending, closing: undefined });
    if (parts.power.off) ending.abort();
  }

  /** True once `close` was called: every call then runs uncached. */
  get closed(): boolean {
    return this.closing !== undefined;
  }

  /** The file tier by itself. @throws CacheError where the options say `file: false` */
  get file(): FileTier {
    const { file } = this.parts;
    if (file !== undefined) return file;
    throw new CacheError('CACHE_TIER', 'the file tier is switched off by the option `file: false`');
  }

  /** The value from the nearest tier that has it; a lower tier's hit fills the tiers above. */
  get<T = unknown>(key: string, options?: AddressOptions): Promise<CacheResult<T>> {
    return this.entries.get(key, options);
  }

  /**
   * Keeps a value in every tier of the category, or of `options.tiers`, and removes from the others what they
   * had under the key. A TTL of 0, or a `Date` in the past, keeps nothing and removes what was there. Bad
   * options are an error in the result.
   *
   * @example
   * await cache.set('AAPL', quote, { ttl: '15m', category: 'quotes', tags: ['equities'] });
   */
  set<T>(key: string, value: T, options?: SetOptions): Promise<CacheResult<T>> {
    return this.entries.set(key, value, options);
  }

  /** Whether a tier has a fresh entry. Not counted. @throws CacheOptionsError for a bad key or category */
  has(key: string, options?: AddressOptions): Promise<boolean> {
    return this.entries.has(key, options);
  }

  /** Removes the key from every tier there is, or from `options.tiers`; true if there was a fresh entry. @throws CacheOptionsError for a bad key or category */
  async delete(key: string, options?: AddressOptions): Promise<boolean> {
    return (await this.entries.delete([key], options)) > 0;
  }

  /** The answers in the order of the keys. @throws CacheOptionsError unless they are in an array */
  async getMany<T = unknown>(
    keys: readonly string[],
    options?: AddressOptions,
  ): Promise<CacheResult<T>[]> {
    checkList(keys, 'keys');
    // Not `map`: it would leave a hole where the list has one.
    return Promise.all(Array.from(keys, (key) => this.get<T>(key, options)));
  }

  /**
   * The answers in the order of the entries; one that fails does not keep the others out.
   *
   * @throws CacheOptionsError unless the entries are in an array
   */
  async setMany(
    entries: readonly SetEntry[],
    options: SetOptions = {},
  ): Promise<CacheResult<unknown>[]> {
    checkList(entries, 'entries');
    const set = (entry: SetEntry, at: number): Promise<CacheResult<unknown>> =>
      this.entries.setListed(entry, at, options);
    return Promise.all(Array.from(entries, set));
  }

  /**
   * How many there were; where tiers differ, in the one that had most of them.
   *
   * @throws CacheOptionsError for a bad key or category, and unless the keys are in an array; nothing is
   *   then deleted
   */
  async deleteMany(keys: readonly string[], options?: AddressOptions): Promise<number> {
    checkList(keys, 'keys');
    return this.entries.delete(keys, options);
  }

  /**
   * The value of the key; if there is none, the factory's, which is then kept. Any number of
   * concurrent callers run the factory once. Rejects with what the factory threw, untouched; a
   * failed load is not kept.
   *
   * @throws what the factory threw; CacheOptionsError for a bad key or bad options, before the factory has run, where
   *   memory has no fresh value; CacheTimeoutError after `hardTimeout`; the reason of `signal` once it is aborted
   * @example
   * const report = await cache.wrap(`report:${id}`, () => build(id), { ttl: '30m', tags: [`user:${id}`] });
   */
  wrap<T>(key: string, factory: Factory<T>, options?: WrapOptions<NoInfer<T>>): Promise<T> {
    return this.keyedLoads.wrap(key, factory, options);
  }

  /** As `wrap`, with the answer as a `CacheResult`. Never rejects: what failed is in `error`. */
  getOrSet<T>(
    key: string,
    factory: Factory<T>,
    options?: WrapOptions<NoInfer<T>>,
  ): Promise<CacheResult<T>> {
    return this.keyedLoads.getOrRelay(key, factory, factory, options);
  }

  /** @internal As `getOrSet`; `renewal` in place of the factory where nobody waits for it. */
  getOrRelay<T>(
    key: string,
    factory: Factory<T>,
    renewal: Factory<T>,
    options?: WrapOptions<NoInfer<T>>,
  ): Promise<CacheResult<T>> {
    return this.keyedLoads.getOrRelay(key, factory, renewal, options);
  }

  /** @internal What can be had without waiting: fresh in memory, or stale where that may be served. */
  getAtOnce<T>(
    key: string,
    renewal: Factory<T>,
    options?: WrapOptions<NoInfer<T>>,
  ): CacheHit<T> | undefined {
    return this.keyedLoads.getAtOnce(key, renewal, options);
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
  preload<T extends readonly unknown[]>(
    entries: { readonly [At in keyof T]: PreloadEntry<Awaited<T[At]>> },
    options?: PreloadOptions,
  ): Promise<PreloadReport>;
  preload(entries: Iterable<PreloadEntry>, options?: PreloadOptions): Promise<PreloadReport>;
  async preload(
    entries: Iterable<PreloadEntry>,
    options: PreloadOptions = {},
  ): Promise<PreloadReport> {
    checkAll(options, { concurrency: checkEntries, signal: checkSignal }, '');
    const { concurrency = DEFAULT_CONCURRENCY, signal } = options;
    const wanted = checkIterable(entries, 'entries').map((entry, at) => {
      const where = `entries[${at}]`;
      const { key, factory, ...own } = objectOf(entry, where) as unknown as PreloadEntry;
      return checkedWithin(where, () =>
        this.keyedLoads.loadOf(this.categories.at(own), key, factory, own),
      );
    });
    const ended = joinedSignal(this.ending.signal, signal);
    const report = await preload(wanted, {
      loads: this.parts.loads,
      concurrency,
      signal: ended.signal,
    });
    ended.release();
    return report;
  }

  /**
   * The same function, answering from the cache. The key is its name and all its arguments; arguments
   * that cannot be told apart safely (functions, instances with private state) make a call run
   * uncached, which is said once. A synchronous function stays synchronous on memory; with `'file'` among its
   * tiers it always gives a promise, also where it runs uncached, though its type does not say so.
   *
   * Two functions of one name in one category share entries: set `name` or `key` for one of them. `this` is no argument: a
   * function that goes by it needs a `key`, which is called with the same `this`.
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
    const own: CachedOptions = options;
    this.checkOptions(own);
    const { name = fn.name } = own;
    if (name === '' && own.key === undefined) {
      throw new CacheOptionsError('name', name, 'given, or `key`, for a function without a name');
    }
    const category = this.categories.at(own);
    const { loads, stack, options: resolved, power } = this.parts;
    return cachedFunction(fn as unknown as AnyFunction, own, {
      category,
      plan: planLoad(category, own, stack),
      loads,
      logger: resolved.logger,
      name,
      working: () => !power.off,
    }) as unknown as F;
  }

  /**
   * Removes every entry that carries one of the tags, in every category and tier. Large numbers are
   * removed a slice at a time; when it resolves, all are gone.
   *
   * @throws CacheOptionsError unless the tags are strings
   */
  async invalidateTags(tags: readonly string[]): Promise<void> {
    const invalidated = ownTags(tags, 'tags');
    const { stack, power } = this.parts;
    if (power.closed) return;
    await stack.track(this.tags.run(invalidated));
    if (this.events.listening) this.events.emit({ type: 'invalidateTags', tags: invalidated });
  }

  /** Empties a category, or every category, in every tier. @throws CacheOptionsError for a bad category */
  async clear(category?: string): Promise<void> {
    const { categories, stack } = this.parts;
    const cleared = category === undefined ? [...categories] : [categories.of(category)];
    if (!this.parts.power.closed) await stack.removals.category(cleared, category);
  }

  /**
   * Where a key lives, until when, how large it is, what its loads are doing, and why a read of it finds
   * nothing. Its text is a few lines for a person. No read: nothing is counted, used or promoted.
   *
   * When a value in memory was made is kept from the category's first `explain` on.
   *
   * @throws CacheOptionsError for a bad key or bad options
   * @example
   * log(String(await cache.explain('AAPL', { category: 'quotes' })));
   */
  async explain(key: string, options?: AddressOptions): Promise<CacheExplanation> {
    checkKey(key);
    const category = this.categories.checkedAt(options);
    const { stack, loads, options: resolved } = this.parts;
    const tiers = this.parts.power.off ? NO_TIERS : this.entries.tiersOf(category, options);
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
   * @throws CacheOptionsError for bad options
   * @example
   * const { categories } = cache.getStats({ advice: true });
   * log(categories['quotes']?.advice.text); // "74 % of misses were expiries: a longer TTL would help more …"
   */
  getStats(options: StatsOptions & { advice: true }): AdvisedCacheStats;
  getStats(options?: StatsOptions): CacheStats;
  getStats(options: StatsOptions = {}): CacheStats {
    checkAll(options, { advice: checkBoolean }, '');
    const { categories, stack, loads } = this.parts;
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
    return this.parts.maintenance.run();
  }

  /**
   * Checks options of `wrap`, `cached` or `@Cached` without using them: each by itself, and whether they go
   * together with one another, their category and the tiers there are.
   *
   * @param where what they belong to, put before the option's name in the error
   * @throws CacheOptionsError
   */
  checkOptions(options: CachedOptions, where = ''): void {
    checkCallOptions(options, where);
    const category = this.categories.at(options);
    checkedWithin(where, () => planLoad(category, options, this.parts.stack));
  }

  /** @internal Whether calls with these options go below memory, so that their answers are promises. */
  goesBelow(options: CachedOptions): boolean {
    const category = this.categories.at(options);
    return planLoad(category, options, this.parts.stack).selection.lower.length > 0;
  }

  /**
   * @internal Hands over what a function gave that ran beside the cache: a promise is waited for as long as `cached` would
   * with these options. Undefined: for as long as it takes.
   */
  patienceFor(options: CachedOptions): HandOver | undefined {
    const { loads, stack } = this.parts;
    const category = this.categories.at(options);
    const caller = { category, plan: planLoad(category, options, stack) };
    return isPatient(caller) ? undefined : (answer) => loads.handOver(caller, answer);
  }

  /** @internal Begins to look at what an earlier process left on disk: the first answer need not wait for that. */
  openFiles(): void {
    this.parts.openFiles();
  }

  /** Ends everything the cache opened, and waits for what it had begun. Every later call runs uncached. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    this.parts.power.close();
    this.memory.close();
    this.ending.abort(closedMeanwhile());
    this.parts.stop();
    const { loads, stack } = this.parts;
    await Promise.all([loads.close(), stack.close()]);
  }
}

/** Properties that are not enumerable: what is kept is not to be in a log of an object that has the cache. */
function addHidden(target: object, properties: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(properties)) {
    Object.defineProperty(target, name, { value, writable: true, enumerable: false });
  }
}
