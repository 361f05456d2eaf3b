import type { CacheHit } from '../../core/model/cache-result.js';
import type { CachedRoute } from './cached-route.js';
import { entityTagOf } from './entity-tag.js';
import type { CacheStatus, HttpExchange } from './http-exchange.js';
import { correctLastHeaders } from './last-headers.js';
import type { KeptResponse, ResponseGate } from './response-gate.js';
import { isRouteAnswer, type RouteAnswer, valueBehind } from './route-answer.js';
import { secondsOf } from './route-load-options.js';
import { ReadyReply } from './router-reply.js';
import { addToVary, namesIn } from './vary-header.js';

/** What the interceptor gives to those around it. */
export interface Given {
  readonly value: unknown;
}

interface Recipient {
  readonly route: CachedRoute;
  readonly exchange: HttpExchange;
}

const NOTHING: Given = { value: undefined };

/**
 * Answers a request with what the cache has. Nothing if that is another variant of the answer.
 *
 * @param isAtOnce whether the router is given it, with nobody between
 */
export function giveKept(
  hit: CacheHit<unknown>,
  recipient: Recipient,
  isAtOnce = false,
): Given | undefined {
  const { route, exchange } = recipient;
  const { value, source, stale } = hit;
  const status = source === 'function' ? 'MISS' : stale ? 'STALE' : 'HIT';
  const { gate } = exchange;
  if (!isRouteAnswer(value)) return givePlain(hit, status, recipient, gate);
  if (!route.headers.isSameVariant(exchange, value.variant)) return undefined;
  if (value.held === undefined && gate === undefined) return undefined;
  if (isAtOnce && gate !== undefined && value.held === undefined) {
    return { value: readyReply(value, status, recipient, gate) };
  }
  // Now, as the handler would have: those around it may set other ones.
  replay(value, exchange);
  if (value.held !== undefined) {
    describe(value, status, recipient);
    return value.held;
  }
  // Unless the kept bytes are sent after all, the answer is that of somebody around the route.
  if (route.isWatched) exchange.tell('BYPASS');
  gate?.sendInstead(
    () => described(value, status, recipient),
    !route.isWatched && !route.isRendered,
  );
  return route.isWatched ? { value: valueBehind(value) } : NOTHING;
}

function readyReply(
  answer: RouteAnswer,
  status: CacheStatus,
  recipient: Recipient,
  gate: ResponseGate,
): ReadyReply {
  const send = (): unknown => {
    replay(answer, recipient.exchange);
    return gate.send(described(answer, status, recipient));
  };
  return new ReadyReply(send, () => valueBehind(answer));
}

function described(answer: RouteAnswer, status: CacheStatus, recipient: Recipient): KeptResponse {
  const { route, exchange } = recipient;
  withholdFromOthers(describe(answer, status, recipient), exchange);
  const notModified = route.isKnownTo(exchange, answer);
  const { body, type, length } = answer;
  return { status: exchange.status, notModified, body, type, length };
}

/** A plain value under the route's key, from `@CachePut` or `set`, is a body. */
function givePlain(
  { value, expiresAt = Infinity }: CacheHit<unknown>,
  status: CacheStatus,
  { route, exchange }: Recipient,
  gate: ResponseGate | undefined,
): Given {
  exchange.tell(status);
  gate?.beforeSending((sent) => {
    if (sent === undefined || exchange.isSent || exchange.status >= 300) return false;
    const etag = route.isTagged(sent.body) ? entityTagOf(sent.body, sent.type) : undefined;
    // Nobody has written down when it was made: what is left is its lifetime from now on.
    const maxAge = secondsOf(Math.max(0, expiresAt - route.now()));
    exchange.setHeader('Age', '0');
    const tagged = etag === undefined ? {} : { etag };
    withholdFromOthers(route.describe(exchange, { ...tagged, maxAge }), exchange);
    return route.isKnownTo(exchange, { ...tagged, headers: {} });
  });
  return { value };
}

/** What the handler set, and what it removed. CORS may have `Vary` name more for this request than it had for that one. */
function replay(answer: RouteAnswer, exchange: HttpExchange): void {
  const { status, statusMessage, headers, removed } = answer;
  if (status !== undefined) exchange.status = status;
  if (statusMessage !== undefined) exchange.rawResponse.statusMessage = statusMessage;
  if (removed !== undefined) for (const name of removed) exchange.removeHeader(name);
  for (const name in headers) {
    if (name === 'vary') addToVary(exchange, namesIn(headers[name]));
    else exchange.setHeader(name, headers[name]!);
  }
}

function describe(
  answer: RouteAnswer,
  status: CacheStatus,
  { route, exchange }: Recipient,
): string | undefined {
  exchange.setHeader('X-Cache', status);
  if (status !== 'MISS') {
    const ageMs = Math.max(0, route.now() - answer.storedAt);
    exchange.setHeader('Age', String(Math.floor(ageMs / 1000)));
  }
  return route.describe(exchange, answer);
}

const FOR_ONE = { 'cache-control': 'private, no-store' };

/**
 * Other caches may keep what is public, but not with a cookie that somebody sets as it goes out.
 *
 * @param said the `Cache-Control` of the route's; what others say is left to them
 */
function withholdFromOthers(said: string | undefined, exchange: HttpExchange): void {
  if (said?.startsWith('public') !== true || !exchange.hasLastHeaders) return;
  correctLastHeaders(exchange.rawResponse, {
    isRight: (header) => header('set-cookie') === undefined || header('cache-control') !== said,
    corrections: FOR_ONE,
  });
}
