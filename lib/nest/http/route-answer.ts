import { lastValueFrom, type Observable } from 'rxjs';
import { forbidsSharing } from './route-traits.js';
import type { Headers, HttpExchange } from './http-exchange.js';
import { isSentOnce } from './sent-once.js';

/** A route's answer, as it is kept. */
export interface RouteAnswer {
  /** Tells an answer from a plain value that someone set under the same key. */
  readonly kind: typeof ANSWER;
  readonly body: unknown;
  /** Only if the handler chose it; else Nest's. */
  readonly status?: number;
  /** Those the handler set. */
  readonly headers: Headers;
  /** Epoch milliseconds. */
  readonly storedAt: number;
}

/** What became of a handler. `answer` only if others may have it too. */
export type Outcome =
  | { readonly failed: true; readonly thrown: unknown }
  | {
      readonly failed: false;
      readonly body: unknown;
      readonly answer?: RouteAnswer;
      readonly singleUse: boolean;
    };

const ANSWER = 'nestjs-tiered-cache:answer';

/** What belongs to one response, or to one connection, and not to the answer. */
const NOT_REPLAYED = new Set([
  'age',
  'connection',
  'date',
  'keep-alive',
  'transfer-encoding',
  'x-cache',
]);

export function isRouteAnswer(value: unknown): value is RouteAnswer {
  return (value as RouteAnswer | undefined | null)?.kind === ANSWER;
}

/** Runs the handler, and takes down what it answered. Never rejects. */
export async function recordAnswer(
  exchange: HttpExchange,
  handle: () => Observable<unknown>,
  now: () => number,
): Promise<Outcome> {
  const { status, headers } = exchange;
  let body: unknown;
  try {
    body = await lastValueFrom(handle());
  } catch (thrown) {
    return { failed: true, thrown };
  }
  const singleUse = isSentOnce(body);
  const own = changesIn(exchange.headers, headers);
  if (singleUse || !isShareable(exchange, own)) return { failed: false, body, singleUse };
  const answer: RouteAnswer = {
    kind: ANSWER,
    body,
    ...(exchange.status === status ? {} : { status: exchange.status }),
    headers: own,
    storedAt: now(),
  };
  return { failed: false, body, answer, singleUse };
}

/** Gives a kept answer to another request. @returns the body */
export function replayAnswer(answer: RouteAnswer, exchange: HttpExchange): unknown {
  if (answer.status !== undefined) exchange.status = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) exchange.setHeader(name, value);
  }
  return answer.body;
}

function isShareable(exchange: HttpExchange, own: Headers): boolean {
  const { status } = exchange;
  if (status < 200 || status > 299 || exchange.isSent) return false;
  if (exchange.headers['set-cookie'] !== undefined) return false;
  return !forbidsSharing(own['cache-control']) && own['vary'] !== '*';
}

function changesIn(after: Headers, before: Headers): Headers {
  const changes: Headers = {};
  for (const [name, value] of Object.entries(after)) {
    if (NOT_REPLAYED.has(name) || String(value) === String(before[name])) continue;
    changes[name] = typeof value === 'object' ? [...value] : value;
  }
  return changes;
}
