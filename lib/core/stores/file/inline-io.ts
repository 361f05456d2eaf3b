import { setImmediate } from 'node:timers';

/** Up to so many bytes this thread reads from the system's memory, and writes to it, as quickly as it tells another to. */
export const SMALL = 64 * 1024;

/** How far into a turn of the event loop, from its first one, this thread does work of files itself. */
const TURN_MS = 4;

/** An operation that took longer says that the disk, not its cache in memory, has answered. */
const SLOW_MS = 2;

/** Or that this thread had to wait for a processor: it takes two slow ones so close together to tell. */
const CLOSE = 32;

/** After it others do the work for so many times as long: this thread waits for disks 1 % of its time at most. */
const AVERSION = 100;

/**
 * When to do small file operations on this thread. Handing one to the thread pool and back costs more
 * than three times the operation itself as long as the system has the file in memory, but only the
 * pool can wait for a disk: an operation that was slow sends those after it there for a while.
 */
export class InlineIo {
  readonly #turnMs: number;
  /** When this turn's first operation began; undefined: there was none yet. */
  #began: number | undefined;
  /** What lies between two operations counts too: it is as much of it again. */
  #spentMs = 0;
  #poolUntil = 0;
  #sinceSlow = CLOSE;
  #turn: Promise<void> | undefined;

  /** @param turnMs from the first operation to the last one in a turn of the event loop, at most, but for its end */
  constructor(turnMs = TURN_MS) {
    this.#turnMs = turnMs;
  }

  /** Whether the next one may be done here. */
  get allowed(): boolean {
    return this.#spentMs < this.#turnMs && (this.#poolUntil === 0 || this.#isOver());
  }

  /** Whether this turn of the event loop has had its share, and the next one may do more. */
  get isSpent(): boolean {
    return this.#spentMs >= this.#turnMs && this.#poolUntil === 0;
  }

  /** Whether one may be done here, after a turn of the event loop if need be. */
  async ready(): Promise<boolean> {
    while (this.isSpent) await this.nextTurn();
    return this.allowed;
  }

  /** Does it, and measures it. */
  run<T>(operation: () => T): T {
    const started = performance.now();
    try {
      return operation();
    } finally {
      const ended = performance.now();
      const took = ended - started;
      if (this.#began === undefined) {
        this.#began = started;
        void this.nextTurn();
      }
      this.#spentMs = ended - this.#began;
      if (took <= SLOW_MS) this.#sinceSlow++;
      else {
        if (this.#sinceSlow < CLOSE) this.#poolUntil = ended + AVERSION * took;
        this.#sinceSlow = 0;
      }
    }
  }

  /** What need not be done at once waits until callers have had what they wait for. */
  nextTurn(): Promise<void> {
    this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = undefined;
        this.#began = undefined;
        this.#spentMs = 0;
        resolve();
      });
    });
    return this.#turn;
  }

  #isOver(): boolean {
    if (performance.now() < this.#poolUntil) return false;
    this.#poolUntil = 0;
    return true;
  }
}
