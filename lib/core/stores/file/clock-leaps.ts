/** Less is drift, which adds up to nothing within a look or two. */
const LEAST_MS = 1000;

/**
 * By how much the system's clock was set forward while this process looks at it; a machine that was asleep wakes with
 * such a leap. What is as old as that by the clock need not be.
 */
export class ClockLeaps {
  #ahead = Date.now() - performance.now();
  #seenAt = -Infinity;
  #ms = 0;

  /** Milliseconds of what was seen within the last so many. */
  within(ms: number): number {
    const now = performance.now();
    const ahead = Date.now() - now;
    if (now - this.#seenAt > ms) this.#ms = 0;
    const leap = ahead - this.#ahead;
    this.#ahead = ahead;
    if (leap > LEAST_MS) {
      this.#ms += leap;
      this.#seenAt = now;
    }
    return this.#ms;
  }
}
