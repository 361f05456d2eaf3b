import type { CachedMethod } from '../cached-method.js';
import {
  PARAM,
  REDIRECT,
  RESPONSE_HEADERS,
  RESPONSE_PASSTHROUGH,
  routeArgumentsOf,
  SSE,
} from './nest-metadata.js';

const UNSHAREABLE = /\b(?:no-store|private)\b/i;

/** Whether a `Cache-Control` forbids to give the answer to others. */
export function forbidsSharing(cacheControl: unknown): boolean {
  return UNSHAREABLE.test(String(cacheControl ?? ''));
}

/**
 * Whether what is written on the handler already rules caching out: server-sent events, a
 * redirect, a response the handler sends by itself, `@Header('Cache-Control', 'no-store')`.
 */
export function isNeverCached(method: CachedMethod, controller: object, handler: object): boolean {
  if (Reflect.hasMetadata(SSE, handler) || Reflect.hasMetadata(REDIRECT, handler)) return true;
  return sendsByItself(method, controller) || headerForbids(handler);
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

function headerForbids(handler: object): boolean {
  const found: unknown = Reflect.getMetadata(RESPONSE_HEADERS, handler);
  const headers = (found ?? []) as { name: string; value: unknown }[];
  return headers.some(({ name, value }) => {
    if (name.toLowerCase() !== 'cache-control') return false;
    return forbidsSharing(typeof value === 'function' ? value() : value);
  });
}
