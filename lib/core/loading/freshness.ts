import type { LoadOptions } from '../model/options.js';
import { CacheOptionsError } from '../primitives/errors.js';
import { durationMsOf, TIMEOUT_FORMS } from '../primitives/ttl.js';

/** How long past its TTL a value may be served, in milliseconds. */
export interface Staleness {
  readonly revalidateMs: number;
  readonly errorMs: number;
  /** The longer of the two: so long it is kept. */
  readonly keptMs: number;
}

/** How long a caller, and a factory, are waited for, in milliseconds; Infinity: for ever. */
export interface Patience {
  readonly softMs: number;
  readonly hardMs: number;
}

const NEVER_STALE: Staleness = { revalidateMs: 0, errorMs: 0, keptMs: 0 };
const ENDLESS: Patience = { softMs: Infinity, hardMs: Infinity };

/** @throws CacheOptionsError */
export function stalenessOf({ staleWhileRevalidate, staleIfError }: LoadOptions): Staleness {
  if (staleWhileRevalidate === undefined && staleIfError === undefined) return NEVER_STALE;
  const revalidateMs = windowMsOf(staleWhileRevalidate, 'staleWhileRevalidate');
  const errorMs = windowMsOf(staleIfError, 'staleIfError');
  return { revalidateMs, errorMs, keptMs: Math.max(revalidateMs, errorMs) };
}

function windowMsOf(window: unknown, option: string): number {
  return window === undefined ? 0 : durationMsOf(window, option);
}

/** @throws CacheOptionsError */
export function patienceOf({ softTimeout, hardTimeout }: LoadOptions): Patience {
  if (softTimeout === undefined && hardTimeout === undefined) return ENDLESS;
  const softMs = softTimeout === undefined ? Infinity : durationMsOf(softTimeout, 'softTimeout');
  const hardMs = hardTimeout === undefined ? Infinity : timeoutMsOf(hardTimeout, 'hardTimeout');
  if (softMs !== Infinity && softMs >= hardMs) {
    const expected =
      'shorter than hardTimeout: the load would fail before its caller lost patience';
    throw new CacheOptionsError('softTimeout', softTimeout, expected);
  }
  return { softMs, hardMs };
}

/** @throws CacheOptionsError unless it is a duration, and more than none */
export function timeoutMsOf(timeout: unknown, option: string): number {
  const ms = durationMsOf(timeout, option, TIMEOUT_FORMS);
  if (ms > 0) return ms;
  throw new CacheOptionsError(option, timeout, 'a duration of more than 0');
}

/** @throws CacheOptionsError unless it is an `AbortSignal`, of whatever realm */
export function checkSignal(signal: unknown, option: string): asserts signal is AbortSignal {
  const { aborted, addEventListener } = Object(signal) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return;
  throw new CacheOptionsError(option, signal, 'an AbortSignal');
}
