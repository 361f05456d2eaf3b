import type { CacheService } from '../../core/cache.service.js';
import { isWanted, tagsFor, tiersAsked, ttlFor } from '../../core/loading/value-options.js';
import type { CachedOptions as CoreCachedOptions, SetOptions } from '../../core/model/options.js';
import { checkAll, objectOf, type Check } from '../../core/option-checks.js';
import { CacheOptionsError } from '../../core/primitives/errors.js';
import { isSentOnce } from '../http/sent-once.js';
import { effectKeyOf } from './effect-key.js';
import { effectDecorator, type MethodEffect, type SucceededCall } from './method-effect.js';

/** Options of `@CachePut`. */
export interface CachePutOptions extends Pick<
  CoreCachedOptions,
  'category' | 'tiers' | 'useFileCache' | 'ttl' | 'tags' | 'negativeTtl' | 'cacheIf'
> {
  /**
   * Where to store the result: a key, or a function of the method's arguments. On a route it is given them after the
   * pipes, the `key` of a route's `@Cached` before.
   */
  key: string | ((...args: never[]) => string);
}

/**
 * Runs the method always, and stores what it returns: the value of its promise, the last one of
 * its Observable, a promised one too. An asynchronous method resolves only when it is stored, on disk too; a synchronous
 * one does not wait for the disk. What can be consumed once only is handed over and not stored, nor is
 * anything of an Observable that completes without a value. What cannot be stored is logged; the
 * method's result stands.
 *
 * @throws CacheOptionsError when the application boots, naming class, method and option
 * @example
 * @CachePut({ category: 'quotes', key: (quote: Quote) => quote.ticker, ttl: '30m' })
 * async save(quote: Quote): Promise<Quote> { ... }
 */
export function CachePut(options: CachePutOptions): MethodDecorator {
  return effectDecorator(new Put(options));
}

const checkKey: Check = (key, option) => {
  if (typeof key === 'string' || typeof key === 'function') return;
  throw new CacheOptionsError(option, key, 'a string or a function');
};

/** Those of `@Cached` are checked as they are there. */
const asOfCached: Check = () => {};

const CHECKS: Record<keyof CachePutOptions, Check> = {
  key: checkKey,
  category: asOfCached,
  tiers: asOfCached,
  useFileCache: asOfCached,
  ttl: asOfCached,
  tags: asOfCached,
  negativeTtl: asOfCached,
  cacheIf: asOfCached,
};

class Put implements MethodEffect {
  readonly decorator = '@CachePut';

  private readonly options: CachePutOptions;

  constructor(private readonly given: CachePutOptions) {
    this.options = { ...given };
  }

  async run(service: CacheService, call: SucceededCall): Promise<void> {
    const { value } = call;
    if (call.isEmpty || isSentOnce(value) || !isWanted(this.options, value)) return;
    const result = await service.set(
      effectKeyOf(this.options.key, call),
      value,
      this.#settings(value),
    );
    if (result.error) throw result.error;
  }

  check(service: CacheService, where: string): void {
    objectOf(this.given, where, 'an object with a key');
    const { key, ...options } = this.options;
    checkAll(this.options, CHECKS, where);
    checkKey(key, `${where}.key`);
    service.checkOptions(options, where);
  }

  #settings(value: unknown): SetOptions {
    return {
      category: this.options.category,
      tiers: tiersAsked(this.options),
      ttl: ttlFor(this.options, value),
      tags: tagsFor(this.options, value),
    };
  }
}
