import type { Clock } from './clock.js';

/** The longest that a timer of Node can wait: a longer one would end at once. */
export const LONGEST_MS = 2 ** 31 - 1;

/** Ends the waiting, if it is not over. */
export type Cancel = () => void;

/** What deadlines keep the process alive for, until it lets go: then they hold it no more, and fire only if something else does. */
export class ProcessHold {
  readonly #timers = new Set<NodeJS.Timeout>();
  #isOver = false;

  enter(timer: NodeJS.Timeout): void {
    if (this.#isOver) timer.unref();
    else this.#timers.add(timer);
  }

  leave(timer: NodeJS.Timeout): void {
    this.#timers.delete(timer);
  }

  letGo(): void {
    this.#isOver = true;
    for (const timer of this.#timers) timer.unref();
    this.#timers.clear();
  }
}

/**
 * Calls back when a time has passed: by the clock, if it can be waited for, else in real time.
 *
 * @param ms Infinity: never
 * @param holds whether the process stays alive for it, or what decides until when
 */
export function startDeadline(
  clock: Clock,
  ms: number,
  holds: boolean | ProcessHold,
  over: () => void,
): Cancel {
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

function startTimer(ms: number, holds: boolean | ProcessHold, over: () => void): Cancel {
  const hold = typeof holds === 'boolean' ? undefined : holds;
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const next = Math.min(left, LONGEST_MS);
    timer = setTimeout(() => {
      hold?.leave(timer);
      if (left > next) wait(left - next);
      else over();
    }, next);
    if (holds === false) timer.unref();
    hold?.enter(timer);
  };
  wait(ms);
  return () => {
    hold?.leave(timer);
    clearTimeout(timer);
  };
}
