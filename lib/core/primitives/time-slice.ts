import { setImmediate } from 'node:timers';
/** The longest that a long job holds the event loop before it lets others have it. */
const SLICE_MS = 5;

/** Steps between two looks at the clock, which costs more than a step. */
const STEPS_PER_LOOK = 64;

/**
 * Meters a long job. It does a step and asks `spent()`; when that is true it awaits `rest()`, which
 * gives the event loop a turn. Measured with the real clock, whatever clock the cache has: it is
 * the process that must not be held.
 *
 * @example
 * const slice = new TimeSlice();
 * while (step()) if (slice.spent()) await slice.rest();
 */
export class TimeSlice {
  #steps = 0;
  #endsAt = performance.now() + SLICE_MS;

  /** @param steps done since the last call */
  spent(steps = 1): boolean {
    this.#steps += steps;
    if (this.#steps < STEPS_PER_LOOK) return false;
    this.#steps = 0;
    return performance.now() >= this.#endsAt;
  }

  async rest(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    this.#endsAt = performance.now() + SLICE_MS;
  }
}
