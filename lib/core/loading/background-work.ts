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
/** How long the close waits for work that it has aborted. */
const CLOSE_MS = 1000;

/**
 * The one door for work that nobody waits for. So many run at a time, so many wait for their turn;
 * what does not fit is dropped, and a later read will ask for it again. Each key is in it once.
 */
export class BackgroundWork {
  readonly #keys = new Map<object, Set<string>>();
  readonly #waiting: (() => void)[] = [];
  readonly #running = new Set<BackgroundRun>();
  #closed = false;

  has(group: object, key: string): boolean {
    return this.#keys.get(group)?.has(key) === true;
  }

  /** False if it was dropped. */
  start(group: object, key: string, begin: BackgroundStart): boolean {
    if (this.#closed || this.has(group, key)) return false;
    const full = this.#running.size >= AT_A_TIME;
    if (full && this.#waiting.length >= MOST_WAITING) return false;
    let keys = this.#keys.get(group);
    if (keys === undefined) this.#keys.set(group, (keys = new Set()));
    keys.add(key);
    const run = (): void => {
      const begun = begin();
      if (begun === undefined) return void keys.delete(key);
      this.#running.add(begun);
      void begun.ended.then(() => {
        keys.delete(key);
        this.#running.delete(begun);
        this.#next();
      });
      if (this.#closed) begun.abort();
    };
    if (full) this.#waiting.push(run);
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

  #next(): void {
    while (this.#running.size < AT_A_TIME) {
      const run = this.#waiting.shift();
      if (run === undefined) return;
      run();
    }
  }
}
