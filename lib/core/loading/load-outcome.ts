import type { CacheSource } from '../model/cache-result.js';

/** What a load came to. A failure carries what the factory threw, whatever it was. */
export type LoadOutcome = LoadedValue | FailedLoad;

export interface FailedLoad {
  ok: false;
  thrown: unknown;
  /** `none` where the factory did not run. */
  source: CacheSource;
  durationMs: number;
}

export interface LoadedValue {
  ok: true;
  value: unknown;
  source: CacheSource;
  /** Undefined where nothing but memory took part. */
  durationMs: number | undefined;
  /** Epoch milliseconds; Infinity: never; undefined: not kept. */
  expiresAt: number | undefined;
  /** Past its TTL, and served all the same. */
  stale: boolean;
}

/** A value that the factory gave. */
export function loaded(
  value: unknown,
  durationMs: number | undefined,
  expiresAt: number | undefined,
): LoadedValue {
  return { ok: true, value, source: 'function', durationMs, expiresAt, stale: false };
}

/** A failure, or that its caller gave up. */
export function failed(
  thrown: unknown,
  durationMs: number,
  source: CacheSource = 'function',
): LoadOutcome {
  return { ok: false, thrown, source, durationMs };
}

/** The value of a load, or its own error, untouched. */
export function valueOf(outcome: LoadOutcome): unknown {
  if (outcome.ok) return outcome.value;
  throw outcome.thrown;
}
