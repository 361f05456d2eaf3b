import type { CacheSource } from '../model/cache-result.js';

/** What a load came to. A failure carries what the factory threw, whatever it was. */
export type LoadOutcome = LoadedValue | { ok: false; thrown: unknown; durationMs: number };

export interface LoadedValue {
  ok: true;
  value: unknown;
  source: CacheSource;
  durationMs: number;
  /** Epoch milliseconds; Infinity: never; undefined: not kept. */
  expiresAt: number | undefined;
}

/** A value that the factory gave. */
export function loaded(
  value: unknown,
  durationMs: number,
  expiresAt: number | undefined,
): LoadedValue {
  return { ok: true, value, source: 'function', durationMs, expiresAt };
}

/** The value of a load, or its own error, untouched. */
export function valueOf(outcome: LoadOutcome): unknown {
  if (outcome.ok) return outcome.value;
  throw outcome.thrown;
}
