import type { CacheSwitch } from './cache-switch.js';
import { categoryNamed } from './call-options.js';
import type { Categories } from './categories.js';
import {
  failure,
  miss,
  timed,
  type CacheHit,
  type CacheMiss,
  type CacheResult,
} from './model/cache-result.js';
import type { TierAddressOptions, SetOptions } from './model/options.js';
import type { Clock } from './primitives/clock.js';
import { CacheError, CacheOptionsError, describe } from './primitives/errors.js';
import type { Category, TierSelection } from './stack/category.js';
import type { TierStack } from './stack/tier-stack.js';
import type { MemoryStore } from './stores/memory/memory-store.js';
import { writeEntry } from './write-entry.js';

const MEMORY_ONLY: TierSelection = { memory: true, lower: [] };

/** @throws CacheOptionsError unless it is a string; any string will do */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key !== 'string') throw new CacheOptionsError('key', key, 'a string');
}

/** A value that does not fit, as an answer. */
export function tooLarge(category: Category, key: string): CacheMiss {
  const limit = category.memory.maxBytes;
  const message = `${category.name}: the value of ${describe(key)} is larger than maxBytes (${limit})`;
  return failure(new CacheError('CACHE_OVERSIZED', message));
}

/**
 * The memory tier by itself, synchronously. Bad options and keys throw a `CacheOptionsError` here;
 * nothing else throws.
 *
 * @example
 * cache.memory.set('rate', 1.08, { ttl: '5m' });
 * const rate = cache.memory.get<number>('rate');
 */
export class MemoryTier {
  readonly #categories: Categories;
  readonly #stack: TierStack;
  readonly #clock: Clock;
  readonly #timed: boolean;
  readonly #power: CacheSwitch;
  /**
   * Where reads and writes that say nothing more go, unless they are off or timed. Kept here since to ask `power`
   * costs a hit among 10,000 entries a tenth, and whether something is true more than whether it is there.
   */
  #plain: MemoryStore | undefined;
  /**
   * The same of writes, once that category is full, if what they write ends some day: so few steps are left that V8 makes them a part of their
   * caller, and no answer for who does not look at it.
   */
  #crowded: Category | undefined;

  /** @internal */
  constructor(parts: {
    categories: Categories;
    stack: TierStack;
    clock: Clock;
    timed: boolean;
    power: CacheSwitch;
  }) {
    this.#categories = parts.categories;
    this.#stack = parts.stack;
    this.#clock = parts.clock;
    this.#timed = parts.timed;
    this.#power = parts.power;
    if (!parts.power.off && !parts.timed) this.#plain = parts.categories.default.memory;
  }

  /** The value, or why there is none. A hit is a use of the entry. @throws CacheOptionsError for a bad key or bad options */
  get<T = unknown>(key: string, options?: TierAddressOptions): CacheResult<T> {
    const memory = this.#plain;
    if (memory !== undefined && options === undefined) return readFrom(key, memory);
    return this.readAt(key, options);
  }

  /** @internal */
  read<T>(key: string, { memory }: Category): CacheResult<T> {
    return this.#timed ? this.#readTimed(key, memory) : readFrom(key, memory);
  }

  /**
   * Keeps a value; the answer says until when. A TTL of 0, or a `Date` in the past, keeps nothing and
   * removes what was there.
   *
   * @throws CacheOptionsError for a bad TTL, tag or key
   */
  set<T>(key: string, value: T, options?: Omit<SetOptions, 'tiers'>): CacheResult<T> {
    const category = this.#crowded;
    if (category === undefined || options !== undefined || typeof key !== 'string') {
      return this.setAt(key, value, options);
    }
    const { memory, fences } = category;
    if (fences.keys !== 0) fences.breakKey(key);
    const slot = memory.exchangePlain(key, value, category.options.plainTtlMs);
    if (slot < 0) return this.unkept(value);
    const expiresAt = Math.abs(memory.expiresAt[slot]!);
    return { success: true, value, source: 'memory', stale: false, expiresAt };
  }

  private setAt<T>(
    key: string,
    value: T,
    options: Omit<SetOptions, 'tiers'> | undefined,
  ): CacheResult<T> {
    checkKey(key);
    const category = this.#categories.checkedIn('memory', options);
    const { plainTtlMs } = category.options;
    if (plainTtlMs > 0 && this.#plain !== undefined && isPlain(options)) {
      return this.#setPlain(key, value, category, plainTtlMs);
    }
    if (!this.#timed) return this.#setEntry(key, value, options, category);
    const started = performance.now();
    return timed(started, this.#setEntry(key, value, options, category));
  }

  #setEntry<T>(
    key: string,
    value: T,
    options: Omit<SetOptions, 'tiers'> | undefined,
    category: Category,
  ): CacheResult<T> {
    const now = this.#clock.now();
    const entry = writeEntry(value, options, category, now);
    if (this.#power.off) return miss('disabled');
    const outcome = this.#stack.writes.set(category, key, entry, MEMORY_ONLY);
    if (outcome === 'oversized') return tooLarge(category, key);
    return stored(value, entry.expiresAt, now, outcome === 'refused' ? 'none' : 'memory');
  }

  /** Whether there is a fresh entry. Neither a use of it nor counted. @throws CacheOptionsError */
  has(key: string, options?: TierAddressOptions): boolean {
    checkKey(key);
    const { memory } = this.#categories.checkedIn('memory', options);
    return !this.#power.off && memory.has(key);
  }

  /** True if there was a fresh entry. Loads of the key under way will not be stored. @throws CacheOptionsError */
  delete(key: string, options?: TierAddressOptions): boolean {
    checkKey(key);
    const category = this.#categories.checkedIn('memory', options);
    if (this.#power.off) return false;
    return this.#stack.removals.keys(category, [key], MEMORY_ONLY) === 1;
  }

  /** Empties a category, or every category. @throws CacheOptionsError for a bad category */
  clear(category?: string | TierAddressOptions): void {
    const name = categoryNamed(category, 'memory');
    const cleared = name === undefined ? this.#categories : [this.#categories.of(name)];
    for (const { fences, memory } of cleared) {
      fences.breakAll();
      memory.clear();
    }
  }

  /** Keys of the fresh entries of a category, in the order they were first set. */
  keys(category?: string | TierAddressOptions): string[] {
    const { memory } = this.#categories.of(categoryNamed(category, 'memory'));
    return this.#power.off ? [] : [...memory.keys()];
  }

  /** @internal The cache has been closed. */
  close(): void {
    this.#plain = this.#crowded = undefined;
  }

  #setPlain<T>(key: string, value: T, category: Category, ttlMs: number): CacheResult<T> {
    const { memory, fences } = category;
    fences.breakKey(key);
    const slot = memory.putPlain(key, value, ttlMs);
    if (memory.exchanges && memory === this.#plain && ttlMs !== Infinity) this.#crowded = category;
    if (slot < 0) return this.unkept(value);
    return answerOf(value, 'memory', memory.expiryAt(slot));
  }

  /** It was over at once, or the policy let nothing go for it. */
  private unkept<T>(value: T): CacheHit<T> {
    return answerOf(value, 'none', Infinity);
  }

  /** Not `#private`: what calls it is inlined where hits are made, and its bytecode counts. */
  private readAt<T>(key: string, options: TierAddressOptions | undefined): CacheResult<T> {
    if (this.#power.off) return miss('disabled');
    return this.read(key, this.#categories.checkedIn('memory', options));
  }

  #readTimed<T>(key: string, memory: MemoryStore): CacheResult<T> {
    const started = performance.now();
    return timed(started, readFrom<T>(key, memory));
  }
}

/**
 * The answer to a write. `source` is where the value is now: nowhere, if its TTL was over at once or
 * the policy let nothing go for it.
 */
export function stored<T>(
  value: T,
  expiresAt: number,
  now: number,
  source: CacheHit<T>['source'],
): CacheHit<T> {
  if (expiresAt <= now || source === 'none') return answerOf(value, 'none', Infinity);
  return answerOf(value, source, expiresAt);
}

/** Not a method: a private one is looked for in its object by every call. Nor declared: a declaration could be another by then. */
const readFrom = <T>(key: string, memory: MemoryStore): CacheResult<T> => {
  const slot = memory.locate(key);
  if (slot < 0) return notIn(key, memory);
  // Read before anybody is told of the hit, who might change it; `valueAt` and `expiryAt`, written out.
  const value = memory.pairs[(slot << 1) | 1] as T;
  const marked = memory.expiresAt[slot]!;
  if (!memory.countUse(slot, marked)) return missOf(key, memory);
  const expiresAt = Math.abs(marked);
  if (expiresAt === Infinity) return unending(value);
  // Written out: so little is inlined where it is called, and not even made for who takes only the value.
  return { success: true, value, source: 'memory', stale: false, expiresAt };
};

const notIn = (key: string, memory: MemoryStore): CacheMiss => {
  memory.countMiss(key);
  return missOf(key, memory);
};

/** The answer to a read that found nothing. A key that is no key is refused now: hits pay no check. */
const missOf = (key: string, memory: MemoryStore): CacheMiss => {
  checkKey(key);
  return miss(memory.lastMiss);
};

/** @param expiresAt epoch milliseconds; Infinity: nothing is told of it */
const answerOf = <T>(value: T, source: CacheHit<T>['source'], expiresAt: number): CacheHit<T> => {
  if (expiresAt === Infinity) {
    return { success: true, value, source, stale: false, expiresAt: undefined };
  }
  // Apart from the other, so that the number is boxed but once.
  return { success: true, value, source, stale: false, expiresAt };
};

const unending = <T>(value: T): CacheHit<T> => answerOf(value, 'memory', Infinity);

/** Whether a write says nothing of its entry but where it belongs. */
const isPlain = (options: Pick<SetOptions, 'ttl' | 'tags'> | undefined): boolean => {
  if (options === undefined) return true;
  return options.ttl === undefined && options.tags === undefined;
};
