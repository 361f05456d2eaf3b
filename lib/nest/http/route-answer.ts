import { isJsonType } from './content-type.js';
import type { SentBody } from './response-gate.js';
import type { Headers } from './http-exchange.js';

const ANSWER = 'nestjs-tiered-cache:answer';

/** What a load of a route gives to those who wait for it, where there is nothing to share. */
export const UNSHARED = 'nestjs-tiered-cache:not-shared';
export const ABANDONED = 'nestjs-tiered-cache:abandoned';

/** A route's answer, as it is kept: in bytes; where they cannot be had, as the handler's value. */
export interface RouteAnswer extends SentBody {
  /** Tells an answer from a plain value that someone set under the same key. */
  readonly kind: typeof ANSWER;
  /** The handler's value, in the place of `body`. */
  readonly held?: { readonly value: unknown };
  /** Only if the handler chose it; else Nest's. */
  readonly status?: number;
  /** Only if the handler chose it; else Node's. */
  readonly statusMessage?: string;
  /** Those the handler set. */
  readonly headers: Headers;
  /** Names of those that were there and that the handler removed. */
  readonly removed?: readonly string[];
  /** The strong entity tag of the body. */
  readonly etag?: string;
  /** For how long other caches may use it: seconds. None if it is not kept. */
  readonly maxAge?: number;
  /** What the handler's own `Vary` names, and a hash of what the request had there. */
  readonly variant?: Variant;
  /** Epoch milliseconds. */
  readonly storedAt: number;
}

export interface Variant {
  readonly names: readonly string[];
  readonly hash: string;
}

/**
 * The handlers' values of answers in memory: what interceptors around the cache are given on a hit.
 * They do not change what is sent, and an answer that came from a file has none.
 */
const values = new WeakMap<RouteAnswer, unknown>();

export function makeAnswer(
  parts: Omit<RouteAnswer, 'kind'>,
  value: unknown,
  isSeen: boolean,
): RouteAnswer {
  const answer: RouteAnswer = { kind: ANSWER, ...parts };
  if (isSeen) values.set(answer, value);
  return answer;
}

export function isRouteAnswer(value: unknown): value is RouteAnswer {
  return (value as RouteAnswer | undefined | null)?.kind === ANSWER;
}

/** Whether the load of a route has given this, which is a value for nobody else. */
export function isOfRoute(value: unknown): boolean {
  return isRouteAnswer(value) || value === UNSHARED || value === ABANDONED;
}

/**
 * The value for those who look at it before the kept bytes are sent in its place. Where it is not
 * known any more, because the answer was read from a file: what the bytes say.
 */
export function valueBehind(answer: RouteAnswer): unknown {
  const { body, type = '' } = answer;
  if (values.has(answer)) return values.get(answer);
  if (typeof body !== 'string' || !isJsonType(type)) return body;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}
