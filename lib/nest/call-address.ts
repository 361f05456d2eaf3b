import { keyOfCall } from '../core/loading/cached-function.js';
import { tiersAsked } from '../core/loading/value-options.js';
import type { AddressOptions } from '../core/model/options.js';
import { CacheOptionsError } from '../core/primitives/errors.js';
import { ownSlotOf } from './cache.slot.js';
import { CachedMethod } from './cached-method.js';
import { endpointKindOf } from './contexts/endpoint-kind.js';
import { ROUTE_METHOD } from './http/nest-metadata.js';

/** Where the answer to a call of a `@Cached` method is kept. */
export interface CallAddress extends AddressOptions {
  readonly key: string;
}

/**
 * Where the answer to a call of a `@Cached` method is kept, for `explain`, `get` or `delete`.
 *
 * @throws CacheOptionsError for a method without `@Cached`, for a route, a resolver or a message handler,
 *   whose keys are made of what was asked, and for arguments of which no key can be made
 * @example
 * const { key, ...address } = addressOf(quotes, 'quote', ['AAPL']);
 * log(String(await cache.explain(key, address)));
 */
export function addressOf<T extends object>(
  instance: T,
  method: keyof T,
  args: readonly unknown[],
): CallAddress {
  const where = `addressOf ${instance.constructor.name}.${String(method)}`;
  const given: unknown = instance[method];
  const cached = typeof given === 'function' ? CachedMethod.of(given) : undefined;
  if (cached === undefined) throw new CacheOptionsError(where, method, 'a method with @Cached');
  if (Reflect.hasMetadata(ROUTE_METHOD, given as object) || endpointKindOf(cached) !== undefined) {
    const expected = 'a method of a provider: the key of an answer is made of its request';
    throw new CacheOptionsError(where, method, expected);
  }
  const slot = ownSlotOf(instance);
  if (slot?.service === undefined) {
    throw new CacheOptionsError(where, instance, 'an instance that Nest has made');
  }
  const key = keyOfCall(slot.bind(slot.service, cached, instance.constructor), instance, args);
  if (key === undefined) throw new CacheOptionsError(where, args, 'arguments that have a key');
  const { category } = cached.coreOptions;
  const tiers = tiersAsked(cached.coreOptions);
  return {
    key,
    ...(category === undefined ? {} : { category }),
    ...(tiers === undefined ? {} : { tiers }),
  };
}
