import type { CacheService } from '../../core/cache.service.js';
import type { CachedOptions as CoreCachedOptions, SetOptions } from '../../core/model/options.js';
import { CacheError, CacheOptionsError } from '../../core/primitives/errors.js';
import { effectDecorator, type MethodEffect, type SucceededCall } from './method-effect.js';

/** Options of `@CachePut`. */
export interface CachePutOptions extends Pick<
  CoreCachedOptions,
  'category' | 'tiers' | 'ttl' | 'tags' | 'negativeTtl' | 'cacheIf'
> {
  /** Where to store the result: a key, or a function of the method's arguments. */
  key: string | ((...args: never[]) => string);
}

/**
 * Runs the method always, and stores what it returns: the value of its promise, the last one of
 * its Observable. An asynchronous method resolves only when it is stored. What cannot be stored is
 * logged; the method's result stands.
 *
 * @throws CacheOptionsError when the application boots, naming class, method and option
 * @example
 * @CachePut({ category: 'quotes', key: (quote: Quote) => quote.ticker, ttl: '30m' })
 * async save(quote: Quote): Promise<Quote> { ... }
 */
export function CachePut(options: CachePutOptions): MethodDecorator {
  return effectDecorator(new Put({ ...options }));
}

class Put implements MethodEffect {
  readonly decorator = '@CachePut';

  constructor(private readonly options: CachePutOptions) {}

  async run(service: CacheService, call: SucceededCall): Promise<void> {
    const { cacheIf } = this.options;
    const { value } = call;
    if (cacheIf !== undefined && !cacheIf(value)) return;
    const result = await service.set(this.#keyFor(call), value, this.#settings(value));
    if (result.error) throw result.error;
  }

  check(service: CacheService, where: string): void {
    const { key, ...options } = this.options;
    if (typeof key !== 'string' && typeof key !== 'function') {
      throw new CacheOptionsError(`${where}.key`, key, 'a string or a function');
    }
    service.checkOptions(options, where);
  }

  #keyFor({ instance, args }: SucceededCall): string {
    const { key } = this.options;
    const text = typeof key === 'function' ? key.apply(instance, args as never[]) : key;
    if (typeof text !== 'string')
      throw new CacheError('CACHE_OPTIONS', 'key did not give a string');
    return text;
  }

  #settings(value: unknown): SetOptions {
    const { category, tiers, ttl: always, negativeTtl, tags } = this.options;
    const isNothing = value === null || value === undefined;
    const ttl = (isNothing ? negativeTtl : undefined) ?? always;
    return {
      ...(category === undefined ? {} : { category }),
      ...(tiers === undefined ? {} : { tiers }),
      ...(ttl === undefined ? {} : { ttl: typeof ttl === 'function' ? ttl(value) : ttl }),
      ...(tags === undefined ? {} : { tags: typeof tags === 'function' ? tags(value) : tags }),
    };
  }
}
