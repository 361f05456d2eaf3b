import type { CachedMethod } from '../cached-method.js';
import {
  PARAM,
  REDIRECT,
  RESPONSE_HEADERS,
  RESPONSE_PASSTHROUGH,
  ROUTE_METHOD,
  routeArgumentsOf,
  SSE,
} from './nest-metadata.js';

const NO_STORE = /\bno-store\b/i;
const PRIVATE = /\bprivate\b/i;

/**
 * Whether a `Cache-Control` forbids to keep the answer, or to give it to others. `private` does not
 * where each caller has an entry of its own.
 */
export function forbidsSharing(cacheControl: unknown, isVaried: () => boolean): boolean {
  const text = String(cacheControl ?? '');
  return NO_STORE.test(text) || (PRIVATE.test(text) && !isVaried());
}

/**
 * Whether what is written on the handler already rules caching out: server-sent events, a
 * redirect, a response the handler sends by itself, `@Header('Cache-Control', 'no-store')`.
 *
 * @param isVaried whether each caller can have an entry of its own
 */
export function isNeverCached(
  method: CachedMethod,
  controller: object,
  handler: object,
  isVaried: boolean,
): boolean {
  if (Reflect.hasMetadata(SSE, handler) || Reflect.hasMetadata(REDIRECT, handler)) return true;
  return sendsByItself(method, controller) || headerForbids(handler, isVaried);
}

function sendsByItself(method: CachedMethod, controller: object): boolean {
  const { propertyKey } = method;
  const types = new Set(Object.keys(routeArgumentsOf(controller, propertyKey)).map(typeOf));
  if (types.has(PARAM.next)) return true;
  if (!types.has(PARAM.response)) return false;
  return Reflect.getMetadata(RESPONSE_PASSTHROUGH, controller, propertyKey) !== true;
}

/** The type in `type:index`; `NaN` for a custom decorator. */
function typeOf(key: string): number {
  return Number(key.split(':')[0]);
}

function headerForbids(handler: object, isVaried: boolean): boolean {
  return declaredHeader(handler, 'cache-control').fixed.some((value) =>
    forbidsSharing(value, () => isVaried),
  );
}

/** What `@Header` says on a handler; Nest sets it before the interceptors run. */
export interface DeclaredHeader {
  readonly fixed: readonly unknown[];
  /** Whether Nest asks a function, for each request. */
  readonly isAsked: boolean;
}

/** @param header in lower case */
export function declaredHeader(handler: object, header: string): DeclaredHeader {
  const found: unknown = Reflect.getMetadata(RESPONSE_HEADERS, handler);
  const values = ((found ?? []) as { name: string; value: unknown }[])
    .filter(({ name }) => name.toLowerCase() === header)
    .map(({ value }) => value);
  const fixed = values.filter((value) => typeof value !== 'function');
  return { fixed, isAsked: fixed.length < values.length };
}

/** Whether the router calls it. */
export function isRoute({ declaringClass, propertyKey }: CachedMethod): boolean {
  const { prototype } = declaringClass as unknown as { prototype: Record<PropertyKey, object> };
  return Reflect.hasMetadata(ROUTE_METHOD, prototype[propertyKey]!);
}
