import type { Clock } from '../../core/primitives/clock.js';
import { CacheOptionsError } from '../../core/primitives/errors.js';
import { expiryOf, type DurationParts } from '../../core/primitives/ttl.js';

/** 2024-01-01T00:00:00Z: the same in every run, so that a failure can be repeated. */
const DEFAULT_START_MS = 1_704_067_200_000;

/**
 * A clock that moves when it is told to: tests of expiry without waiting.
 *
 * Unlike a TTL, a bare number here is **milliseconds**, as on every clock.
 *
 * @example
 * const clock = new ManualClock();
 * const cache = createCache({ clock });
 * await cache.set('rate', 1.08, { ttl: '5m' });
 * clock.advance('6m');
 * (await cache.get('rate')).success; // false, reason 'expired'
 */
export class ManualClock implements Clock {
  #now: number;

  /**
   * @param startMs epoch milliseconds
   * @throws CacheOptionsError unless it is a finite number
   */
  constructor(startMs: number = DEFAULT_START_MS) {
    this.#now = instantOf(startMs, 'startMs');
  }

  /** Epoch milliseconds. */
  now(): number {
    return this.#now;
  }

  /**
   * Moves forward. Nothing else happens: what has expired is noticed when it is next looked at.
   *
   * @param duration milliseconds, words such as `'5m'`, or parts such as `{ hours: 1 }`
   * @throws CacheOptionsError for a duration that is negative, endless or none
   * @example
   * clock.advance(1); // a millisecond
   * clock.advance('25 days');
   */
  advance(duration: number | string | DurationParts): void {
    const by = typeof duration === 'number' ? duration : expiryOf(duration, 0, 'advance');
    if (!(by >= 0 && by < Infinity)) {
      const expected = "milliseconds (0 or more), a duration such as '5m' or { minutes: 5 }";
      throw new CacheOptionsError('advance', duration, expected);
    }
    this.#now += by;
  }

  /**
   * Jumps to an instant, which may lie in the past: real clocks are set back too.
   *
   * @param instant epoch milliseconds, or a `Date`
   * @throws CacheOptionsError unless it is an instant
   */
  set(instant: number | Date): void {
    this.#now = instantOf(instant, 'set');
  }
}

function instantOf(instant: unknown, option: string): number {
  const at = instant instanceof Date ? instant.getTime() : instant;
  if (typeof at === 'number' && Number.isFinite(at)) return at;
  throw new CacheOptionsError(option, instant, 'epoch milliseconds or a Date');
}
