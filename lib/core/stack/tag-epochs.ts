import { KeyCounts } from '../primitives/key-counts.js';

/** When a read below memory or a load began, so that it can be told whether it was overtaken. */
export interface OpenWork {
  readonly startedAt: number;
}

/** Noted invalidations above which those that nobody waits for any more are dropped. */
const SWEEP_ABOVE = 1000;
/** No more are noted: what is open then counts as overtaken, whatever its tags. It may hang. */
const MOST_NOTED = 100_000;

/**
 * Which tags were invalidated while something was under way. A sequence number stands for the time;
 * nothing is remembered longer than the oldest work that is open.
 */
export class TagEpochs {
  #now = 0;
  /** No invalidation that is not noted was later. */
  #floor = -1;
  readonly #invalidated = new Map<string, number>();
  /** By tag: invalidations under way. */
  readonly #held = new KeyCounts();
  /** In the order they were opened. */
  readonly #open = new Set<OpenWork>();
  #sweepAbove = SWEEP_ABOVE;

  get now(): number {
    return this.#now;
  }

  open(work: OpenWork): void {
    this.#open.add(work);
  }

  close(work: OpenWork): void {
    this.#open.delete(work);
    if (this.#open.size === 0) this.#forget(-1);
  }

  invalidate(tags: readonly string[]): void {
    this.#now++;
    if (this.#open.size === 0) return;
    for (const tag of tags) this.#invalidated.set(tag, this.#now);
    if (this.#invalidated.size > this.#sweepAbove) this.#sweep();
  }

  /** An invalidation begins that takes its time; the returned function says that it has reached every tier. */
  hold(tags: readonly string[]): () => void {
    this.invalidate(tags);
    for (const tag of tags) this.#held.enter(tag);
    return () => {
      // What began meanwhile may have found what was not yet removed.
      this.invalidate(tags);
      for (const tag of tags) this.#held.leave(tag);
    };
  }

  /** Whether one of the tags is being invalidated. */
  isHeld(tags: readonly string[]): boolean {
    return !this.#held.isEmpty && tags.some((tag) => this.#held.has(tag));
  }

  /** When one of the tags was last invalidated, or may have been; -1 if not since the oldest open work began. */
  lastInvalidation(tags: readonly string[]): number {
    let last = -1;
    for (const tag of tags) last = Math.max(last, this.#invalidated.get(tag) ?? this.#floor);
    return last;
  }

  #sweep(): void {
    const [oldest] = this.#open;
    for (const [tag, at] of this.#invalidated) {
      if (at <= oldest!.startedAt) this.#invalidated.delete(tag);
    }
    if (this.#invalidated.size > MOST_NOTED) this.#forget(this.#now);
    this.#sweepAbove = Math.max(SWEEP_ABOVE, 2 * this.#invalidated.size);
  }

  #forget(floor: number): void {
    this.#invalidated.clear();
    this.#floor = floor;
  }
}
