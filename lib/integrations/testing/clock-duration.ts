import { CacheOptionsError } from '../../core/primitives/errors.js';
import { expiryOf, type DurationParts } from '../../core/primitives/ttl.js';

/**
 * A duration in milliseconds, as clocks count: a bare number is one already.
 *
 * @throws CacheOptionsError for one that is negative, endless or none
 */
export function clockDurationOf(duration: number | string | DurationParts, option: string): number {
  const ms = typeof duration === 'number' ? duration : expiryOf(duration, 0, option);
  if (ms >= 0 && ms < Infinity) return ms;
  const expected = "milliseconds (0 or more), a duration such as '5m' or { minutes: 5 }";
  throw new CacheOptionsError(option, duration, expected);
}
