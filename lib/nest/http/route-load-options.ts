import type { CategoryOptions, WrapOptions } from '../../core/model/options.js';
import type { Ttl } from '../../core/primitives/ttl.js';
import type { CachedMethod } from '../cached-method.js';
import type { CacheSlot } from '../cache.slot.js';
import { isRouteAnswer } from './route-answer.js';

/** What `getOrSet` is called with for a route, and what it cannot know of the body by itself. */
export interface RouteLoadOptions extends WrapOptions<unknown> {
  /** TTL of an answer whose body is `null` or `undefined`. */
  negative?: Ttl;
}

/** Those of the category are for values: a request that has been answered cannot be renewed. */
const NO_RENEWAL: object = {
  staleWhileRevalidate: undefined,
  staleIfError: undefined,
  softTimeout: undefined,
  hardTimeout: undefined,
  refreshAhead: undefined,
};

/**
 * The options of a route, and under them those of its category, with functions that are given
 * the body: what is stored is the answer around it.
 */
export function routeLoadOptions(slot: CacheSlot, method: CachedMethod): RouteLoadOptions {
  const { coreOptions } = method;
  const category: CategoryOptions =
    slot.options.categories?.[coreOptions.category ?? 'default'] ?? {};
  const { ttl = category.ttl, tags = category.tags, cacheIf = category.cacheIf } = coreOptions;
  const { negativeTtl: negative = category.negativeTtl } = coreOptions;
  const { category: name, forceRefresh, jitter, lock, useFileCache } = coreOptions;
  const { tiers = useFileCache === true ? (['memory', 'file'] as const) : undefined } = coreOptions;
  return {
    ...NO_RENEWAL,
    ...(name === undefined ? {} : { category: name }),
    ...(forceRefresh === undefined ? {} : { forceRefresh }),
    ...(jitter === undefined ? {} : { jitter }),
    ...(lock === undefined ? {} : { lock }),
    ...(tiers === undefined ? {} : { tiers }),
    ...(ttl === undefined ? {} : { ttl: ofBody(ttl) }),
    ...(tags === undefined ? {} : { tags: ofBody(tags) }),
    ...(cacheIf === undefined ? {} : { cacheIf: bodyFunction(cacheIf) }),
    ...(negative === undefined ? {} : { negative }),
  };
}

function ofBody<T>(option: T | ((body: never) => T)): T | ((value: unknown) => T) {
  return typeof option === 'function' ? bodyFunction(option as (body: never) => T) : option;
}

function bodyFunction<T>(option: (body: never) => T): (value: unknown) => T {
  return (value) => option((isRouteAnswer(value) ? value.body : value) as never);
}
