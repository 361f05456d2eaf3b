import type { CacheSwitch } from './cache-switch.js';
import { checkLoadOptions } from './call-options.js';
import type { Categories } from './categories.js';
import type { Load } from './loading/load.js';
import { valueOf, type LoadOutcome } from './loading/load-outcome.js';
import { planLoad } from './loading/load-plan.js';
import type { ReadThrough } from './loading/read-through.js';
import { checkKey, type MemoryTier } from './memory-tier.js';
import { failure, type CacheHit, type CacheResult } from './model/cache-result.js';
import type { Factory, WrapOptions } from './model/options.js';
import { asError, CacheOptionsError } from './primitives/errors.js';
import type { Category } from './stack/category.js';
import type { TierStack } from './stack/tier-stack.js';

/** Values by their keys that a factory makes where there are none: from memory at once, else by a load. */
export class KeyedLoads {
  readonly #categories: Categories;
  readonly #stack: TierStack;
  readonly #memory: MemoryTier;
  readonly #loads: ReadThrough;
  readonly #power: CacheSwitch;
  readonly #timed: boolean;

  constructor(parts: {
    categories: Categories;
    stack: TierStack;
    memory: MemoryTier;
    loads: ReadThrough;
    power: CacheSwitch;
    /** Whether what memory alone takes is measured too. */
    timed: boolean;
  }) {
    this.#categories = parts.categories;
    this.#stack = parts.stack;
    this.#memory = parts.memory;
    this.#loads = parts.loads;
    this.#power = parts.power;
    this.#timed = parts.timed;
  }

  /** The value. Rejects with what the factory threw, or a CacheOptionsError. */
  wrap<T>(key: string, factory: Factory<T>, options?: WrapOptions<NoInfer<T>>): Promise<T> {
    try {
      const category = this.#categories.at(options);
      if (this.#readsMemory(category, options)) {
        const slot = category.memory.find(key);
        if (slot >= 0) {
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

  /** The answer; `renewal` in place of the factory where nobody waits for it. Never rejects. */
  async getOrRelay<T>(
    key: string,
    factory: Factory<T>,
    renewal: Factory<T>,
    options?: WrapOptions<NoInfer<T>>,
  ): Promise<CacheResult<T>> {
    try {
      const category = this.#categories.at(options);
      if (this.#readsMemory(category, options)) {
        const found = this.#memory.read<T>(key, category);
        if (found.success) {
          this.#refreshAhead(category, key, renewal, options);
          return found;
        }
      }
      const started = this.#timed ? performance.now() : undefined;
      return resultOf<T>(await this.#load(category, key, factory, options, renewal), started);
    } catch (error) {
      return failure(asError(error));
    }
  }

  /** What can be had without waiting: fresh in memory, or stale where that may be served. */
  getAtOnce<T>(
    key: string,
    renewal: Factory<T>,
    options?: WrapOptions<NoInfer<T>>,
  ): CacheHit<T> | undefined {
    const category = this.#categories.at(options);
    if (!this.#readsMemory(category, options)) return undefined;
    const found = this.#memory.read<T>(key, category);
    if (found.success) return found;
    const started = this.#timed ? performance.now() : undefined;
    const old = this.#loads.serveAtOnce(this.loadOf(category, key, renewal, options));
    const result = old && resultOf<T>(old, started);
    return result?.success === true ? result : undefined;
  }

  /** @throws CacheOptionsError */
  loadOf(
    category: Category,
    key: string,
    factory: Factory<unknown>,
    options: WrapOptions | undefined,
  ): Load {
    checkKey(key);
    if (typeof factory !== 'function')
      throw new CacheOptionsError('factory', factory, 'a function');
    checkLoadOptions(options);
    return { category, key, factory, plan: planLoad(category, options, this.#stack) };
  }

  /** Whether a load may be answered from memory without further ado. */
  #readsMemory(category: Category, options: WrapOptions | undefined): boolean {
    if (this.#power.off) return false;
    if (options === undefined) return category.tiers.memory;
    // What is null is refused where the load is planned, and what is no list of tiers.
    if (options?.forceRefresh === true) return false;
    const tiers = options?.tiers;
    if (tiers === undefined) return category.tiers.memory;
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
    const plan = planLoad(category, options, this.#stack);
    this.#loads.refreshAhead({ category, key, factory, plan });
  }

  /** @throws CacheOptionsError synchronously, before the factory has run */
  #load(
    category: Category,
    key: string,
    factory: Factory<unknown>,
    options: WrapOptions | undefined,
    renewal = factory,
  ): Promise<LoadOutcome> {
    const load = { ...this.loadOf(category, key, factory, options), renewal };
    return this.#power.off ? this.#loads.loadUncached(load) : this.#loads.load(load);
  }
}

/** @param started when what memory alone took is to be told too */
function resultOf<T>(outcome: LoadOutcome, started: number | undefined): CacheResult<T> {
  if (!outcome.ok) {
    const { thrown, source, durationMs } = outcome;
    return { ...failure(asError(thrown), source), durationMs };
  }
  const { value, source, stale, expiresAt } = outcome;
  const inMemory = started === undefined ? undefined : performance.now() - started;
  const { durationMs = inMemory } = outcome;
  return {
    success: true,
    value: value as T,
    source,
    ...(durationMs === undefined ? {} : { durationMs }),
    stale,
    expiresAt: expiresAt === Infinity ? undefined : expiresAt,
  };
}
