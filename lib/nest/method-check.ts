import { types } from 'node:util';
import type { CacheService } from '../core/cache.service.js';
import { CALL_OPTION_NAMES } from '../core/call-options.js';
import type { CachedOptions as CoreOptions } from '../core/model/options.js';
import { refuseUnknown } from '../core/option-checks.js';
import { CacheOptionsError } from '../core/primitives/errors.js';
import type { CacheSlot } from './cache.slot.js';
import type { CachedMethod } from './cached-method.js';
import { endpointKindOf } from './contexts/endpoint-kind.js';
import { decoratedMethods } from './decorated-methods.js';
import { IgnoredNames } from './http/ignored-names.js';
import { isRoute } from './http/route-traits.js';
import { Variance } from './http/vary-by.js';

const ROUTE_OPTIONS: Record<Exclude<keyof CachedMethod['options'], keyof CoreOptions>, true> = {
  scope: true,
  varyBy: true,
  ignoreQuery: true,
  allowClientRefresh: true,
};

/** Those of `@Cached`: a method has its name already. */
const OPTION_NAMES = [
  ...CALL_OPTION_NAMES.filter((name) => name !== 'name'),
  ...Object.keys(ROUTE_OPTIONS),
];

/**
 * Checks the options of every decorated method of a class, before the first call finds them wrong.
 *
 * @param reached prototypes whose methods requests or messages may reach, though nothing on these says so
 * @throws CacheOptionsError with an option such as `QuotesService.quote @Cached.ttl`
 */
export function checkMethods(
  prototype: object | undefined,
  slot: CacheSlot,
  reached: ReadonlySet<object>,
): void {
  const { service } = slot;
  if (service === undefined || prototype === undefined) return;
  for (const { cached, effects } of decoratedMethods(prototype)) {
    if (cached) {
      const where = cached.path;
      refuseUnknown(cached.options, OPTION_NAMES, where);
      service.checkOptions(cached.coreOptions, where);
      checkRouteOptions(cached, where);
      if (!isReached(cached, reached)) checkObeyed(cached, where);
      if (endpointKindOf(cached) !== undefined && !isRoute(cached))
        checkObeyedByEndpoint(cached, where);
      checkSignal(cached, where);
      checkIsAsync(cached, service, where);
    }
    for (const decorated of effects) {
      const { declaringClass, propertyKey, effect } = decorated;
      effect.check(service, `${declaringClass.name}.${String(propertyKey)} ${effect.decorator}`);
    }
  }
}

/** A file cannot be read without waiting. Nest waits for what a route handler answers. */
function checkIsAsync(cached: CachedMethod, service: CacheService, where: string): void {
  const { original, declaringClass, propertyKey, coreOptions } = cached;
  if (original.constructor.name === 'AsyncFunction' || !service.goesBelow(coreOptions)) return;
  const { prototype } = declaringClass as { prototype?: object } & CachedMethod['declaringClass'];
  const type: unknown = Reflect.getMetadata('design:returntype', prototype!, propertyKey);
  // swc says of an asynchronous generator, too, that it gives a promise.
  const isGenerator = types.isGeneratorFunction(original);
  if ((type === Promise && !isGenerator) || isRoute(cached)) return;
  const { tiers, useFileCache, category } = coreOptions;
  const [option, value] =
    tiers !== undefined
      ? ['tiers', tiers]
      : useFileCache === true
        ? ['useFileCache', true]
        : ['category', category];
  const what = isGenerator ? 'a generator' : 'a method that is not async';
  const expected = `memory only, for ${what}: other tiers are waited for`;
  throw new CacheOptionsError(`${where}.${option}`, value, expected);
}

/** There is one signal for all requests: once it has aborted, none of them would be answered. */
function checkSignal(cached: CachedMethod, where: string): void {
  const { signal } = cached.coreOptions;
  if (signal === undefined || !isRoute(cached)) return;
  throw new CacheOptionsError(
    `${where}.signal`,
    signal,
    'left out: a route has callers of its own',
  );
}

function isReached(cached: CachedMethod, reached: ReadonlySet<object>): boolean {
  const { prototype } = cached.declaringClass as unknown as { prototype: object };
  return reached.has(prototype) || isRoute(cached) || endpointKindOf(cached) !== undefined;
}

/** What tells callers apart would not, where no request is known: one would have another's answer. */
function checkObeyed({ options }: CachedMethod, where: string): void {
  const { scope, varyBy, ignoreQuery, allowClientRefresh } = options;
  const place = 'a method that is no route, resolver or message handler';
  if (scope === 'private') {
    throw new CacheOptionsError(`${where}.scope`, scope, `'public' or left out, of ${place}`);
  }
  for (const [option, value] of Object.entries({ varyBy, ignoreQuery, allowClientRefresh })) {
    if (value === undefined) continue;
    const expected = `left out of ${place}; say in a \`key\` what its answer depends on`;
    throw new CacheOptionsError(`${where}.${option}`, value, expected);
  }
}

/** Neither has a query, nor a header by which a client could ask for a new answer. */
function checkObeyedByEndpoint({ options }: CachedMethod, where: string): void {
  const { ignoreQuery, allowClientRefresh } = options;
  for (const [option, value] of Object.entries({ ignoreQuery, allowClientRefresh })) {
    if (value === undefined) continue;
    const expected = 'left out of a resolver or a message handler: it is for routes';
    throw new CacheOptionsError(`${where}.${option}`, value, expected);
  }
}

function checkRouteOptions({ options }: CachedMethod, where: string): void {
  const { scope, varyBy, key, ignoreQuery, allowClientRefresh } = options as {
    scope?: unknown;
  } & CachedMethod['options'];
  if (scope !== undefined && scope !== 'public' && scope !== 'private') {
    throw new CacheOptionsError(`${where}.scope`, scope, "'public' or 'private'");
  }
  if (key !== undefined && typeof key !== 'function') {
    throw new CacheOptionsError(`${where}.key`, key, 'a function');
  }
  if (allowClientRefresh !== undefined && typeof allowClientRefresh !== 'boolean') {
    const option = `${where}.allowClientRefresh`;
    throw new CacheOptionsError(option, allowClientRefresh, 'true or false');
  }
  if (key !== undefined && ignoreQuery !== undefined) {
    const expected = 'left out beside `key`, which takes the place of the path and the query';
    throw new CacheOptionsError(`${where}.ignoreQuery`, ignoreQuery, expected);
  }
  // The constructors refuse what they cannot read.
  void new Variance(varyBy, `${where}.varyBy`);
  void new IgnoredNames(ignoreQuery, `${where}.ignoreQuery`);
}
