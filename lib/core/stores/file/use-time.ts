/** By how much the time of use may differ from what the clock says: its milliseconds are whole. */
const COARSE_MS = 2;

let origin = performance.timeOrigin;

/**
 * Finer than `Date.now()`: which of two files was used last must not depend on luck. Follows the clock when that
 * is set, or the machine has slept: other times of use are those that the system gives to files.
 */
export function preciseNow(): number {
  const [clock, fine] = [Date.now(), origin + performance.now()];
  if (Math.abs(fine - clock) <= COARSE_MS) return fine;
  origin += clock - fine;
  return clock;
}
