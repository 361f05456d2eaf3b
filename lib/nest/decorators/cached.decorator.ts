import { UseInterceptors } from '@nestjs/common';
import { objectOf } from '../../core/option-checks.js';
import { CacheOptionsError, Description } from '../../core/primitives/errors.js';
import { isInstant, type DurationParts, type Ttl } from '../../core/primitives/ttl.js';
import { reserveSlot, ownSlotOf } from '../cache.slot.js';
import { CACHED_METHOD, CachedMethod } from '../cached-method.js';
import { CachedInterceptor } from '../http/cached.interceptor.js';
import { madeForRoute } from '../http/pending-handler.js';
import type { CachedOptions } from './cached.options.js';
import { decoratedMethod, labelOf, type Method, wrapMethod } from './method-wrapper.js';
import { showOnOutermost } from './outermost-method.js';

/**
 * Caches what a method returns: of a provider by its arguments, of a controller's route by its
 * URL. A class made with `new`, outside Nest, runs uncached.
 *
 * A synchronous method stays synchronous. Concurrent calls of an asynchronous one share one run;
 * a failed run is not kept. Routes: answers to `GET` and `HEAD` with a status of 2xx are kept.
 *
 * @param ttl how long: seconds, `'30m'`, `{ hours: 1 }`, a `Date`, `Infinity`. @default the category's
 * @param category @default 'default'
 * @param useFileCache keep the value on disk too. @default false
 * @throws CacheOptionsError when the application boots, naming class, method and option
 * @example
 * @Cached('30m', 'quotes')
 * async quote(ticker: string): Promise<Quote> { ... }
 */
export function Cached(ttl?: Ttl, category?: string, useFileCache?: boolean): MethodDecorator;
/**
 * @example
 * @Cached({ ttl: 60, key: (ticker: string) => ticker, tags: ['quotes'] })
 * async quote(ticker: string): Promise<Quote> { ... }
 */
export function Cached(options?: CachedOptions): MethodDecorator;
export function Cached(
  first?: Ttl | CachedOptions,
  category?: string,
  useFileCache?: boolean,
): MethodDecorator {
  const options = optionsOf(first, category, useFileCache);
  const decorate = (
    target: object,
    propertyKey: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    const original = decoratedMethod(target, propertyKey, descriptor, '@Cached');
    const where = `${target.constructor.name}.${String(propertyKey)} @Cached`;
    if (CachedMethod.of(original)) {
      throw new CacheOptionsError(where, new Description('the decorator twice'), 'there once');
    }
    if (isOptions(first)) {
      objectOf(first, where);
      refuseBeside({ category, useFileCache }, where);
    }
    const label = labelOf(target.constructor, propertyKey);
    const method = new CachedMethod(target.constructor, propertyKey, label, original, options);
    descriptor.value = wrapMethod(original, cachedCall(method));
    method.markOn(descriptor.value);
    UseInterceptors(CachedInterceptor)(target, propertyKey, descriptor);
    showOnOutermost(target, propertyKey, descriptor.value, CACHED_METHOD, CachedInterceptor);
    reserveSlot(target);
  };
  return decorate as MethodDecorator;
}

function cachedCall(method: CachedMethod): Method {
  const { original } = method;
  return function (this: unknown, ...args: unknown[]): unknown {
    const slot = ownSlotOf(this);
    const service = slot?.service;
    if (slot === undefined || service === undefined) return original.apply(this, args);
    // The interceptor caches this very call, by its route.
    const made = method.routed ? madeForRoute(method, () => original.apply(this, args)) : undefined;
    if (made !== undefined) return made.value;
    const { constructor } = this as object;
    return slot.bind(service, method, constructor)(this, args as never[]);
  };
}

const DURATION_PARTS: Record<keyof DurationParts, true> = {
  weeks: true,
  days: true,
  hours: true,
  minutes: true,
  seconds: true,
  milliseconds: true,
};

function optionsOf(
  first: Ttl | CachedOptions | undefined,
  category: string | undefined,
  useFileCache: boolean | undefined,
): CachedOptions {
  if (isOptions(first)) return { ...first };
  return {
    ...(first === undefined ? {} : { ttl: first }),
    ...(category === undefined ? {} : { category }),
    ...(useFileCache === undefined ? {} : { useFileCache }),
  };
}

/** Only the types keep anyone from giving both, and what stands beside the object would be lost. */
function refuseBeside(others: object, where: string): void {
  for (const [name, value] of Object.entries(others)) {
    if (value === undefined) continue;
    throw new CacheOptionsError(
      `${where}.${name}`,
      value,
      'in the options object beside which it stands',
    );
  }
}

/** A TTL can be an object too: a `Date`, or one with parts of a duration. */
function isOptions(first: Ttl | CachedOptions | undefined): first is CachedOptions {
  if (typeof first !== 'object' || first === null || isInstant(first)) return false;
  return !Object.keys(first).some((key) => Object.hasOwn(DURATION_PARTS, key));
}
