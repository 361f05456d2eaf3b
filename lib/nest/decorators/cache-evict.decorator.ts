import type { CacheService } from '../../core/cache.service.js';
import { DEFAULT_CATEGORY } from '../../core/model/store-key.js';
import { atOnce } from '../../core/primitives/at-once.js';
import { CacheOptionsError } from '../../core/primitives/errors.js';
import { isListOfTexts } from '../../core/primitives/tag-list.js';
import { checkAll, checkBoolean, objectOf, type Check } from '../../core/option-checks.js';
import { effectKeyOf } from './effect-key.js';
import { effectDecorator, type MethodEffect, type SucceededCall } from './method-effect.js';

/** Options of `@CacheEvict`. One of `key`, `keys`, `tags` and `allEntries` is needed. */
export interface CacheEvictOptions {
  /** @default 'default' */
  category?: string | undefined;
  /**
   * The entry to delete: its key, or a function of the method's arguments. On a route it is given them after the
   * pipes, the `key` of a route's `@Cached` before: where a pipe changes them, evict by `tags`.
   */
  key?: string | ((...args: never[]) => string) | undefined;
  /** The entries to delete. */
  keys?: readonly string[] | ((...args: never[]) => readonly string[]) | undefined;
  /** Tags to invalidate: in every category, whatever `category` says. */
  tags?: readonly string[] | ((...args: never[]) => readonly string[]) | undefined;
  /** Clear the whole category. @default false */
  allEntries?: boolean | undefined;
}

/**
 * Removes entries after the method has succeeded: its promise resolved, its Observable completed (a promised one
 * too), its value returned. An asynchronous method resolves only when they are gone. An eviction that
 * fails is logged; the method's result stands. On a route it sees the arguments after the pipes,
 * and runs when the handler did.
 *
 * @throws CacheOptionsError when the application boots, if nothing is named to evict
 * @example
 * @CacheEvict({ category: 'quotes', key: (ticker: string) => ticker })
 * async update(ticker: string): Promise<void> { ... }
 */
export function CacheEvict(options: CacheEvictOptions): MethodDecorator {
  return effectDecorator(new Eviction(options));
}

const CHECKS: Record<keyof CacheEvictOptions, Check> = {
  category: (value, option) => checkText(value, option, 'a name'),
  key: (value, option) => {
    if (typeof value !== 'function') checkText(value, option, 'a string or a function');
  },
  keys: checkTexts,
  tags: checkTexts,
  allEntries: checkBoolean,
};

class Eviction implements MethodEffect {
  readonly decorator = '@CacheEvict';

  private readonly options: CacheEvictOptions;

  constructor(private readonly given: CacheEvictOptions = {}) {
    this.options = { ...given };
  }

  async run(service: CacheService, call: SucceededCall): Promise<void> {
    const { category, key, keys, tags, allEntries } = this.options;
    const address = category === undefined ? {} : { category };
    // All begin before the first is awaited: what is in memory is gone when a synchronous method
    // returns. And all are tried, even if one fails.
    const evictions: (() => Promise<unknown>)[] = [];
    if (key !== undefined) evictions.push(() => service.delete(effectKeyOf(key, call), address));
    if (keys !== undefined)
      evictions.push(() => service.deleteMany(listOf(keys, 'keys', call), address));
    if (tags !== undefined)
      evictions.push(() => service.invalidateTags(listOf(tags, 'tags', call)));
    if (allEntries === true) evictions.push(() => service.clear(category ?? DEFAULT_CATEGORY));
    const results = await Promise.allSettled(evictions.map(async (evict) => evict()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  check(_service: CacheService, where: string): void {
    objectOf(this.given, where, 'an object with one of key, keys, tags and allEntries');
    checkAll(this.options, CHECKS, where);
    const { key, keys, tags, allEntries } = this.options;
    const namesNothing = key === undefined && isNone(keys) && isNone(tags);
    if (namesNothing && allEntries !== true) {
      const expected = 'given one of key, keys, tags and allEntries';
      throw new CacheOptionsError(where, this.options, expected);
    }
  }
}

/** A list that the method's arguments change nothing about, and that has nothing in it. */
function isNone(list: CacheEvictOptions['keys']): boolean {
  return list === undefined || (typeof list !== 'function' && list.length === 0);
}

type Arguments = never[];

function listOf(
  list: readonly string[] | ((...args: Arguments) => readonly string[]),
  option: string,
  call: SucceededCall,
): string[] {
  const { instance, args } = call;
  const texts =
    typeof list === 'function' ? atOnce(list.apply(instance, args as Arguments), option) : list;
  if (!isListOfTexts(texts)) throw new CacheOptionsError(option, texts, 'a list of strings');
  return [...texts];
}

function checkTexts(list: unknown, option: string): void {
  if (typeof list === 'function' || isListOfTexts(list)) return;
  throw new CacheOptionsError(option, list, 'a list of strings or a function');
}

function checkText(value: unknown, option: string, expected: string): void {
  if (typeof value === 'string') return;
  throw new CacheOptionsError(option, value, expected);
}
