import { clearImmediate, setImmediate } from 'node:timers';
import { lastValueFrom, type Observable } from 'rxjs';
import type { CachedRoute } from './cached-route.js';
import { onceEnded } from './ended-response.js';
import { entityTagOf } from './entity-tag.js';
import { HandlerFailure } from './handler-failure.js';
import { HandlerHeaders } from './handler-headers.js';
import type { Headers, HttpExchange } from './http-exchange.js';
import { type ReadHeader, watchLastHeaders } from './last-headers.js';
import { hasBecomeKnown } from './request-credentials.js';
import type { SentBody } from './response-gate.js';
import { makeAnswer, type RouteAnswer } from './route-answer.js';
import type { RouteKeeping } from './route-load-options.js';
import { forbidsSharing } from './route-traits.js';
import { isSentOnce } from './sent-once.js';
import { variesByAll } from './vary-header.js';

/** What became of a handler, for the cache. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: RouteAnswer; readonly keeping?: RouteKeeping }
  | { readonly kind: 'failed'; readonly failure: HandlerFailure }
  /** For its own request alone. */
  | { readonly kind: 'unshared'; readonly isStream?: true }
  /** Its client left, or was answered by another, before the answer was sent: nobody knows how it would have looked. */
  | { readonly kind: 'abandoned' }
  /** Of a request without a client: somebody else has answered it, or it became another's. */
  | { readonly kind: 'refused'; readonly why: string };

/** A handler at work for its own request. */
export interface HandlerRun {
  /** What the request is answered with, by the usual way. Rejects with what the handler threw. */
  readonly value: Promise<unknown>;
  /**
   * When the answer is sent, or is known not to be shared, or when somebody else has ended the response: a handler
   * may never end. Never rejects.
   */
  readonly outcome: Promise<Outcome>;
}

/** Runs the handler of a request, and takes down what is sent of it. */
export function runHandler(
  exchange: HttpExchange,
  route: CachedRoute,
  handle: () => Observable<unknown>,
): HandlerRun {
  const before = { status: exchange.status, headers: new HandlerHeaders(exchange) };
  const value = lastValueFrom(handle());
  const outcome = new Promise<Outcome>((resolve, reject) => {
    let isEnded = false;
    const forget = onceEnded(exchange.rawResponse, () => {
      isEnded = true;
      before.headers.end();
      resolve({ kind: 'abandoned' });
    });
    const settle = (make: () => Outcome | Promise<Outcome>): void => {
      // It comes too late, and is for nobody.
      if (isEnded) return;
      forget();
      before.headers.end();
      resolve(make());
    };
    value
      .then(
        (given) => settle(() => outcomeOf(given, exchange, route, before)),
        (thrown) =>
          settle(() => ({
            kind: 'failed',
            failure: failureOf(thrown, exchange, route, before.headers),
          })),
      )
      .catch(reject);
  }).catch((error): Outcome => {
    route.complain(error);
    return unshared(exchange, route);
  });
  return { value, outcome };
}

function failureOf(
  thrown: unknown,
  exchange: HttpExchange,
  route: CachedRoute,
  { set, before }: HandlerHeaders,
): HandlerFailure {
  return new HandlerFailure(thrown, exchange, set, route.variantOf(exchange, set, before));
}

interface Before {
  readonly status: number;
  readonly headers: HandlerHeaders;
}

function outcomeOf(
  value: unknown,
  exchange: HttpExchange,
  route: CachedRoute,
  before: Before,
): Outcome | Promise<Outcome> {
  if (isSentOnce(value)) {
    route.tellOwn(exchange);
    return { kind: 'unshared', isStream: true };
  }
  // It may have had no reason to make a body.
  if (exchange.method === 'HEAD' && !route.isForHead && isNothing(value)) {
    return unshared(exchange, route);
  }
  // As the handler left them: what interceptors around the cache set, they set on a hit too.
  const { status, statusMessage } = exchange;
  const { set: headers, removed } = before.headers;
  const parts = {
    headers,
    ...(removed === undefined ? {} : { removed }),
    ...(status === before.status ? {} : { status }),
    ...(statusMessage === undefined ? {} : { statusMessage }),
  };
  const finish = (sent: SentBody | undefined): Outcome => {
    if (sent === undefined || !isShareable(exchange, route)) return unshared(exchange, route);
    return answered(value, { ...parts, ...sent }, exchange, route, before);
  };
  const { gate } = exchange;
  if (gate === undefined) {
    return isShareable(exchange, route)
      ? answered(value, { ...parts, held: { value } }, exchange, route, before)
      : unshared(exchange, route);
  }
  return new Promise((resolve) => {
    const forget = whenAbandoned(exchange, () => resolve({ kind: 'abandoned' }));
    gate.beforeSending((sent) => {
      const outcome = finish(sent);
      if (outcome.kind !== 'answered') {
        forget();
        resolve(outcome);
        return false;
      }
      // It may say `private` and mean the caches between here and the client.
      const said = exchange.header('cache-control');
      const last = {
        isRight: (header: ReadHeader) => isForOthers(header, exchange, route, said),
        corrections: NOT_SHARED,
      };
      watchLastHeaders(exchange.rawResponse, last, (isShared) => {
        forget();
        resolve(isShared ? outcome : { kind: 'unshared' });
      });
      return route.isKnownTo(exchange, outcome.answer);
    });
  });
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function unshared(exchange: HttpExchange, route: CachedRoute): Outcome {
  route.tellOwn(exchange);
  return { kind: 'unshared' };
}

function answered(
  value: unknown,
  { headers, ...parts }: Omit<RouteAnswer, 'kind' | 'storedAt'>,
  exchange: HttpExchange,
  route: CachedRoute,
  before: Before,
): Outcome {
  const storedAt = route.now();
  const keeping = route.keepingOf(value, storedAt);
  const variant = route.variantOf(exchange, headers, before.headers.before);
  const { body, type, held } = parts;
  const hasTag =
    held === undefined && route.isTagged(body) && exchange.header('etag') === undefined;
  const answer = makeAnswer(
    {
      ...parts,
      headers,
      storedAt,
      ...(hasTag ? { etag: entityTagOf(body, type) } : {}),
      ...(variant === undefined ? {} : { variant }),
      ...(keeping?.maxAge === undefined ? {} : { maxAge: keeping.maxAge }),
    },
    value,
    route.isWatched,
  );
  if (!exchange.isSent) route.describe(exchange, answer);
  return { kind: 'answered', answer, ...(keeping === undefined ? {} : { keeping }) };
}

const PARTIAL = 206;

/** What a response says that turned out to be for one client alone, when it had said another thing already. */
const NOT_SHARED = { 'cache-control': 'private, no-store', 'x-cache': 'BYPASS' };

/** Whether somebody else may have this answer, as the response stands now. */
function isShareable(exchange: HttpExchange, route: CachedRoute): boolean {
  const { status, headers } = exchange;
  if (status < 200 || status > 299 || exchange.isSent) return false;
  if (hasBecomeKnown(exchange)) return false;
  if (status === PARTIAL && isPartOfBody(exchange, headers)) return false;
  return isForOthers((name) => headers[name], exchange, route);
}

function isForOthers(
  header: ReadHeader,
  exchange: HttpExchange,
  route: CachedRoute,
  said?: unknown,
): boolean {
  if (header('set-cookie') !== undefined) return false;
  if (variesByAll(header('vary'))) return false;
  const control = header('cache-control');
  if (control !== undefined && control === said) return true;
  return !forbidsSharing(control, () => route.isVariedFor(exchange));
}

/** The key does not tell which part was asked for. Without a range, 206 is a status as any other. */
function isPartOfBody({ request }: HttpExchange, headers: Headers): boolean {
  return request.headers['range'] !== undefined || headers['content-range'] !== undefined;
}

/**
 * Calls back when the client has gone and nothing is sent any more. What is sent to nobody counts as
 * sent, so it is given a turn of the event loop.
 *
 * @returns stops the watching
 */
function whenAbandoned({ rawResponse }: HttpExchange, abandoned: () => void): () => void {
  let turn: NodeJS.Immediate | undefined;
  const left = (): void => {
    turn = setImmediate(abandoned);
  };
  if (rawResponse.destroyed || rawResponse.writableEnded) left();
  else rawResponse.once('close', left);
  return () => {
    rawResponse.off('close', left);
    if (turn) clearImmediate(turn);
  };
}
