import type { CacheHit } from '../../core/model/cache-result.js';
import type { CachedRoute } from './cached-route.js';
import { entityTagOf } from './entity-tag.js';
import type { CacheStatus, HttpExchange } from './http-exchange.js';
import type { ResponseGate } from './response-gate.js';
import { isRouteAnswer, type RouteAnswer, valueBehind } from './route-answer.js';

/** What the interceptor gives to those around it. */
export interface Given {
  readonly value: unknown;
}

interface Recipient {
  readonly route: CachedRoute;
  readonly exchange: HttpExchange;
}

const NOTHING: Given = { value: undefined };

/** Answers a request with what the cache has. Nothing if that is another variant of the answer. */
export function giveKept(
  { value, source, stale }: CacheHit<unknown>,
  recipient: Recipient,
): Given | undefined {
  const { route, exchange } = recipient;
  const status = source === 'function' ? 'MISS' : stale ? 'STALE' : 'HIT';
  const { gate } = exchange;
  if (!isRouteAnswer(value)) return givePlain(value, status, recipient, gate);
  if (!route.headers.isSameVariant(exchange, value.variant)) return undefined;
  if (value.held !== undefined) {
    replay(value, status, recipient);
    return value.held;
  }
  if (gate === undefined) return undefined;
  gate.sendInstead(() => {
    replay(value, status, recipient);
    const notModified = route.isKnownTo(exchange, value);
    const { body, type } = value;
    const sent = { status: value.status ?? exchange.status, notModified };
    return {
      ...sent,
      ...(body === undefined ? {} : { body }),
      ...(type === undefined ? {} : { type }),
    };
  }, !route.isWatched && !route.isRendered);
  return route.isWatched ? { value: valueBehind(value) } : NOTHING;
}

/** A plain value under the route's key, from `@CachePut` or `set`, is a body. */
function givePlain(
  value: unknown,
  status: CacheStatus,
  { route, exchange }: Recipient,
  gate: ResponseGate | undefined,
): Given {
  exchange.tell(status);
  gate?.beforeSending((sent) => {
    if (sent?.body === undefined || exchange.isSent || exchange.status >= 300) return false;
    const etag = entityTagOf(sent.body, sent.type);
    route.describe(exchange, { etag });
    return route.isKnownTo(exchange, { etag, headers: {} });
  });
  return { value };
}

function replay(answer: RouteAnswer, status: CacheStatus, { route, exchange }: Recipient): void {
  if (answer.status !== undefined) exchange.status = answer.status;
  const { headers } = answer;
  for (const name in headers) exchange.setHeader(name, headers[name]!);
  exchange.setHeader('X-Cache', status);
  if (status !== 'MISS') {
    const ageMs = Math.max(0, route.now() - answer.storedAt);
    exchange.setHeader('Age', String(Math.floor(ageMs / 1000)));
  }
  route.describe(exchange, answer);
}
