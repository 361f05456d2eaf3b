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

/** A piece of work from when it is asked for. */
export interface BackgroundTask {
  /** Whether nothing has overtaken it, waiting or begun: nobody need ask for it anew. */
  readonly isCurrent: boolean;
  /** Undefined if it has become needless. */
  begin(): BackgroundRun | undefined;
  /** In place of `begin`: its turn will not come. */
  drop(): void;
}

const AT_A_TIME = 16;
const MOST_WAITING = 1024;
/** How long a piece of work keeps its place: one that hangs must not hold up the others for good. It goes on without. */
const PLACE_MS = 30_000;
/** How long the close waits for work that it has aborted. */
const CLOSE_MS = 1000;

/**
 * The one door of a category for work that nobody waits for. So many run at a time, so many wait for their turn;
 * what does not fit is dropped, and a later read will ask for it again. Each key is in it once, but for work
 * under way that has been overtaken.
 */
export class BackgroundWork {
  readonly #clock: Clock;
  /** The newest of each key. */
  readonly #tasks = new Map<string, BackgroundTask>();
  /** Begins those that wait, in their order. */
  readonly #waiting = new Map<string, () => void>();
  readonly #running = new Set<BackgroundRun>();
  #taken = 0;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(key: string): boolean {
    return this.#tasks.get(key)?.isCurrent === true;
  }

  /** @param make is called if there is room for it */
  start(key: string, make: () => BackgroundTask): void {
    if (this.#closed || this.has(key)) return;
    this.#drop(key);
    const full = this.#taken >= AT_A_TIME;
    if (full && this.#waiting.size >= MOST_WAITING) return;
    const task = make();
    this.#tasks.set(key, task);
    const run = (): void => this.#run(key, task);
    // Its turn comes with the end of another's work, in whose asynchronous context the wrong user may be.
    if (full) this.#waiting.set(key, AsyncResource.bind(run));
    else run();
  }

  /** What waits is dropped, what runs is aborted and waited for, but not for long. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const key of this.#waiting.keys()) this.#drop(key);
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

  /** What waits of a key. */
  #drop(key: string): void {
    if (!this.#waiting.delete(key)) return;
    this.#tasks.get(key)!.drop();
    this.#tasks.delete(key);
  }

  #run(key: string, task: BackgroundTask): void {
    const begun = task.begin();
    if (begun === undefined) return this.#end(key, task);
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
      this.#end(key, task);
      this.#running.delete(begun);
      leavePlace();
    });
    if (this.#closed) begun.abort();
  }

  /** Unless a newer one has taken its place. */
  #end(key: string, task: BackgroundTask): void {
    if (this.#tasks.get(key) === task) this.#tasks.delete(key);
  }

  #next(): void {
    for (const [key, run] of this.#waiting) {
      if (this.#taken >= AT_A_TIME) return;
      this.#waiting.delete(key);
      run();
    }
  }
}
