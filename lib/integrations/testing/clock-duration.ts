import { CacheOptionsError } from '../../core/primitives/errors.js';
import { durationMsOf, type DurationParts } from '../../core/primitives/ttl.js';

/**
 * A duration in milliseconds, as clocks count: a bare number is one already.
 *
 * @throws CacheOptionsError for one that is negative, endless or none
 */
export function clockDurationOf(duration: number | string | DurationParts, option: string): number {
  const ms = typeof duration === 'number' ? duration : msOf(duration, option);
  if (ms >= 0 && ms < Infinity) return ms;
  const expected = "milliseconds (0 or more), a duration such as '5m' or { minutes: 5 }";
  throw new CacheOptionsError(option, duration, expected);
}

/** NaN for what is none: what a TTL may be is not what a clock goes by. */
function msOf(duration: string | DurationParts, option: string): number {
  try {
    return durationMsOf(duration, option);
  } catch (error) {
    if (error instanceof CacheOptionsError && error.option === option) return NaN;
    // A part of it, by its name.
    throw error;
  }
}
