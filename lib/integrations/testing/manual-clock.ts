import type { Clock } from '../../core/primitives/clock.js';
import { CacheOptionsError } from '../../core/primitives/errors.js';
import { isInstant, type DurationParts } from '../../core/primitives/ttl.js';
import { clockDurationOf } from './clock-duration.js';

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
  #waiting: { readonly instant: number; readonly resolve: () => void }[] = [];

  /**
   * @param startMs epoch milliseconds
   * @throws CacheOptionsError unless it is a finite number from 0: what a cache keeps has no times before 1970
   */
  constructor(startMs: number = DEFAULT_START_MS) {
    this.#now = timeOf(startMs, 'startMs');
  }

  /** Epoch milliseconds. */
  now(): number {
    return this.#now;
  }

  /**
   * Moves forward. What has expired is noticed when it is next looked at; who waits for `reached` goes on.
   *
   * @param duration milliseconds, words such as `'5m'`, or parts such as `{ hours: 1 }`
   * @throws CacheOptionsError for a duration that is negative, endless or none
   * @example
   * clock.advance(1); // a millisecond
   * clock.advance('25 days');
   */
  advance(duration: number | string | DurationParts): void {
    this.#moveTo(this.#now + clockDurationOf(duration, 'advance'));
  }

  /**
   * Jumps to an instant, which may lie in the past: real clocks are set back too.
   *
   * @param instant epoch milliseconds, or a `Date`
   * @throws CacheOptionsError unless it is an instant from 1970 on
   */
  set(instant: number | Date): void {
    this.#moveTo(timeOf(instant, 'set'));
  }

  /**
   * Resolves when the clock has come as far as that; at once if it is there already.
   *
   * @param instant epoch milliseconds, or a `Date`
   * @throws CacheOptionsError unless it is an instant
   * @example
   * const answer = clock.reached(clock.now() + 50).then(() => 'late');
   * clock.advance(50);
   * await answer; // 'late'
   */
  reached(instant: number | Date): Promise<void> {
    const at = instantOf(instant, 'reached');
    if (at <= this.#now) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ instant: at, resolve });
    });
  }

  #moveTo(now: number): void {
    this.#now = now;
    const due = this.#waiting.filter(({ instant }) => instant <= now);
    this.#waiting = this.#waiting.filter(({ instant }) => instant > now);
    for (const { resolve } of due.sort((a, b) => a.instant - b.instant)) resolve();
  }
}

/** Memory tells marks from expiries by their sign. */
function timeOf(instant: unknown, option: string): number {
  const at = instantOf(instant, option);
  if (at >= 0) return at;
  throw new CacheOptionsError(option, instant, 'epoch milliseconds from 0, or a Date from 1970 on');
}

function instantOf(instant: unknown, option: string): number {
  const at = isInstant(instant) ? instant.getTime() : instant;
  if (typeof at === 'number' && Number.isFinite(at)) return at;
  throw new CacheOptionsError(option, instant, 'epoch milliseconds or a Date');
}
