import type { Clock } from './clock.js';

/** The longest that a timer of Node can wait: a longer one would end at once. */
export const LONGEST_MS = 2 ** 31 - 1;

/** Ends the waiting, if it is not over. */
export type Cancel = () => void;

/**
 * Calls back when a time has passed: by the clock, if it can be waited for, else in real time.
 *
 * @param ms Infinity: never
 * @param holds whether the process stays alive for it
 */
export function startDeadline(clock: Clock, ms: number, holds: boolean, over: () => void): Cancel {
  if (ms === Infinity) return () => {};
  if (clock.reached === undefined) return startTimer(ms, holds, over);
  let cancelled = false;
  void clock.reached(clock.now() + ms).then(() => {
    if (!cancelled) over();
  });
  return () => {
    cancelled = true;
  };
}

function startTimer(ms: number, holds: boolean, over: () => void): Cancel {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const next = Math.min(left, LONGEST_MS);
    timer = setTimeout(() => (left > next ? wait(left - next) : over()), next);
    if (!holds) timer.unref();
  };
  wait(ms);
  return () => clearTimeout(timer);
}
