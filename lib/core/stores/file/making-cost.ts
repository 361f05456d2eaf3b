/** Up to this the thread pool is no sooner done, and takes half as much processor time again. */
const LOW_MS = 0.4;

/** The weight of the newest one in the mean. */
const NEWEST = 1 / 8;

/** One that took longer was held up by something else, and counts as much as this. */
const MOST_MS = 1;

/** While it is high, every so many-th is made here all the same, to see whether it still is. */
const PROBE_EVERY = 64;

/**
 * What it costs to make a small file on this thread, from its creation to its renaming. On ext4 creating
 * one takes 15 µs, or 200 µs and more for minutes after thousands of files were removed: the file system
 * gives out no inode that was freed lately (`recently_deleted` in Linux' `fs/ext4/ialloc.c`), and searches on.
 */
export class MakingCost {
  readonly #now: () => number;
  #meanMs = 0;
  #sinceProbe = 0;

  /** @param now milliseconds from any start */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether the next one is to be made here. Each answer counts as one made. */
  get isLow(): boolean {
    if (this.#meanMs <= LOW_MS) return true;
    this.#sinceProbe = (this.#sinceProbe + 1) % PROBE_EVERY;
    return this.#sinceProbe === 0;
  }

  /** Makes one here. What throws says nothing of the cost. */
  measure<T>(make: () => T): T {
    const started = this.#now();
    const made = make();
    const took = Math.min(this.#now() - started, MOST_MS);
    this.#meanMs += NEWEST * (took - this.#meanMs);
    return made;
  }
}
