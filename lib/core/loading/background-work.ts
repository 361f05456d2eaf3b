import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../primitives/clock.js';
import { startDeadline } from '../primitives/deadline.js';

/** A piece of work that has begun. Neither promise rejects. */
export interface BackgroundRun {
  /** It has its result. */
  readonly ended: Promise<unknown>;
  /** Nothing of it runs any more, even if nobody waited for that. */
  quiet(): Promise<unknown>;
  abort(): void;
}

/** Begins the work; undefined if it has become needless. */
export type BackgroundStart = () => BackgroundRun | undefined;

const AT_A_TIME = 16;
const MOST_WAITING = 1024;
/** How long a piece of work keeps its place: one that hangs must not hold up the others for good. It goes on without. */
const PLACE_MS = 30_000;
/** How long the close waits for work that it has aborted. */
const CLOSE_MS = 1000;

/**
 * The one door of a category for work that nobody waits for. So many run at a time, so many wait for their turn;
 * what does not fit is dropped, and a later read will ask for it again. Each key is in it once.
 */
export class BackgroundWork {
  readonly #clock: Clock;
  readonly #keys = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  readonly #running = new Set<BackgroundRun>();
  #taken = 0;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** False if it was dropped. */
  start(key: string, begin: BackgroundStart): boolean {
    if (this.#closed || this.has(key)) return false;
    const full = this.#taken >= AT_A_TIME;
    if (full && this.#waiting.length >= MOST_WAITING) return false;
    this.#keys.add(key);
    const run = (): void => this.#run(key, begin);
    // Its turn comes with the end of another's work, in whose asynchronous context the wrong user may be.
    if (full) this.#waiting.push(AsyncResource.bind(run));
    else run();
    return true;
  }

  /** What waits is dropped, what runs is aborted and waited for, but not for long. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.length = 0;
    const running = [...this.#running];
    if (running.length === 0) return;
    for (const each of running) each.abort();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([Promise.all(running.map((each) => each.quiet())), patience]);
    clearTimeout(timer);
  }

  #run(key: string, begin: BackgroundStart): void {
    const begun = begin();
    if (begun === undefined) return void this.#keys.delete(key);
    this.#running.add(begun);
    this.#taken++;
    let hasPlace = true;
    const leavePlace = (): void => {
      if (!hasPlace) return;
      hasPlace = false;
      this.#taken--;
      this.#next();
    };
    const cancel = startDeadline(this.#clock, PLACE_MS, false, leavePlace);
    void begun.ended.then(() => {
      cancel();
      this.#keys.delete(key);
      this.#running.delete(begun);
      leavePlace();
    });
    if (this.#closed) begun.abort();
  }

  #next(): void {
    while (this.#taken < AT_A_TIME) {
      const run = this.#waiting.shift();
      if (run === undefined) return;
      run();
    }
  }
}
