/** Where an answer came from. `none`: nothing was asked, or nothing answered. */
export type CacheSource = 'memory' | 'file' | 'remote' | 'function' | 'none';

/**
 * Why there is no value.
 *
 * - `absent`: not there, and nothing is known of it (never set, deleted, cleared, or long gone)
 * - `expired`: it was there, and its TTL is over
 * - `evicted`: it was there, and made room for others
 * - `invalidated`: it was there, and one of its tags was invalidated
 * - `disabled`: the cache is switched off, or closed
 * - `error`: something failed; `error` says what
 */
export type MissReason = 'absent' | 'expired' | 'evicted' | 'invalidated' | 'disabled' | 'error';

/** A value. `undefined` and `null` are values too. */
export interface CacheHit<T> {
  success: true;
  value: T;
  error?: undefined;
  source: CacheSource;
  /** Milliseconds. Absent on an answer from memory alone, unless `timings: 'all'`. */
  durationMs?: number;
  /** True when the value is past its TTL and was served all the same. */
  stale: boolean;
  /** Epoch milliseconds at which the value expires; absent if never. */
  expiresAt?: number | undefined;
}

/** No value. `error` is set only where something failed: a plain miss is not an error. */
export interface CacheMiss {
  success: false;
  value?: undefined;
  error?: Error;
  source: CacheSource;
  /** Milliseconds. Absent on an answer from memory alone, unless `timings: 'all'`. */
  durationMs?: number;
  stale?: undefined;
  expiresAt?: undefined;
  reason: MissReason;
}

/**
 * What every read and write answers: the value and where it came from, or the reason why there is none.
 *
 * @example
 * const quote = await cache.get<Quote>('AAPL');
 * if (quote.success) use(quote.value);
 * else if (quote.error) log(quote.error);
 */
export type CacheResult<T> = CacheHit<T> | CacheMiss;

/** The answer to a call that failed. */
export function failure(error: Error, source: CacheSource = 'none'): CacheMiss {
  return { success: false, error, source, reason: 'error' };
}

/** The answer, with the milliseconds since `started`, a time of `performance.now()`. */
export function timed<Result extends CacheResult<unknown>>(
  started: number,
  result: Result,
): Result {
  result.durationMs = performance.now() - started;
  return result;
}

/** The answer to a call that found nothing. */
export function miss(reason: MissReason, source: CacheSource = 'none'): CacheMiss {
  return { success: false, source, reason };
}
