import { grown } from './grown-column.js';

/** Buckets on each level, a power of two; a bucket is as wide as all buckets of the level below. */
const BUCKETS = 64;
/** Width of a bucket on the lowest level: about a second. Five levels reach 34 years ahead. */
const FINEST_MS = 1024;
const WIDTHS = [0, 1, 2, 3, 4].map((level) => FINEST_MS * BUCKETS ** level);
const RING = BUCKETS * WIDTHS.length;

const NONE = -1;

/**
 * Which entries expire when: a hierarchical timing wheel over slots, so that a cleanup costs what it
 * removes and not what is there. An entry hangs in the bucket of its expiry, the finer the nearer;
 * as time passes a coarse bucket's entries move to finer ones, at most four times in an entry's
 * life. What never expires is not in it.
 *
 * A pass is two steps, so that it can rest in between: `advance` moves every bucket that has come
 * due aside, whole, and `next` hands out one expired slot after the other, rehanging what is not due.
 * Entries may come, change and go while a pass rests. When the clock was set back, all that hangs is
 * rehung once.
 *
 * Varghese and Lauck, "Hashed and hierarchical timing wheels", SOSP 1987.
 */
export class ExpiryIndex {
  /** First slot of each bucket; the second half holds the buckets that were moved aside. */
  readonly #heads = new Int32Array(RING * 2).fill(NONE);
  #next = new Int32Array(0);
  /** The slot before, counted from 1, or `-1 - bucket` for the first of a bucket, or 0 for a slot that is not in. */
  #previous = new Int32Array(0);
  /** Buckets moved aside and not yet empty. */
  readonly #due: number[] = [];
  #expiresAt: Float64Array = new Float64Array(0);
  #time: number;
  /** The bucket asked for last, and which expiries fall into it: those of one TTL come together. */
  #bucket = 0;
  #bucketFrom = 0;
  #bucketTo = 0;

  /** @param now epoch milliseconds: buckets are as fine as an expiry is near to the last pass */
  constructor(now: number) {
    this.#time = now;
  }

  /** Makes room for `expiresAt.length` slots; `expiresAt` is the store's own column, whose marks mean nothing here. */
  resize(expiresAt: Float64Array): void {
    this.#expiresAt = expiresAt;
    this.#next = grown(this.#next, new Int32Array(expiresAt.length));
    this.#previous = grown(this.#previous, new Int32Array(expiresAt.length));
  }

  /** Hangs a slot that is not in under its expiry. */
  add(slot: number): void {
    const expiresAt = Math.abs(this.#expiresAt[slot]!);
    if (expiresAt === Infinity) return;
    this.#hang(slot, this.#bucketOf(expiresAt));
  }

  remove(slot: number): void {
    const previous = this.#previous[slot]!;
    if (previous === 0) return;
    const next = this.#next[slot]!;
    if (previous > 0) this.#next[previous - 1] = next;
    else this.#heads[-1 - previous] = next;
    if (next !== NONE) this.#previous[next] = previous;
    this.#previous[slot] = 0;
  }

  clear(): void {
    this.#heads.fill(NONE);
    this.#previous.fill(0);
    this.#due.length = 0;
  }

  /** Begins a pass, be the last one finished or not: every bucket that may hold something expired at `now` is moved aside. */
  advance(now: number): void {
    const before = this.#time;
    this.#time = now;
    this.#bucketTo = this.#bucketFrom = 0;
    if (now < before) {
      // The clock was set back: no bucket is where it would be by the time that it is now.
      for (let bucket = 0; bucket < RING; bucket++) this.#moveAside(bucket);
      return;
    }
    for (let level = 0; level < WIDTHS.length; level++) {
      const width = WIDTHS[level]!;
      const from = Math.floor(before / width);
      const to = Math.floor(now / width);
      // The bucket we are in is looked through too: part of it may be over.
      const count = Math.min(to - from + 1, BUCKETS);
      for (let tick = to - count + 1; tick <= to; tick++) {
        this.#moveAside(level * BUCKETS + (tick & (BUCKETS - 1)));
      }
      if (from === to) break;
    }
  }

  /** The next slot that has expired at the time of `advance`, already taken out; -1 when the pass is over. */
  next(): number {
    for (;;) {
      const slot = this.#takeDue();
      if (slot === NONE) return NONE;
      if (Math.abs(this.#expiresAt[slot]!) <= this.#time) return slot;
      this.add(slot);
    }
  }

  /** Throws if an entry hangs in the wrong place. `live` tells which slots should be in. */
  checkInvariants(live: (slot: number) => boolean): void {
    const seen = new Set<number>();
    for (const [bucket, head] of this.#heads.entries()) {
      let previous = -1 - bucket;
      for (let slot = head; slot !== NONE; slot = this.#next[slot]!) {
        if (seen.has(slot)) throw new Error(`expiry index: slot ${slot} hangs twice`);
        if (this.#previous[slot] !== previous)
          throw new Error(`expiry index: slot ${slot} is unlinked`);
        seen.add(slot);
        previous = slot + 1;
      }
    }
    for (let slot = 0; slot < this.#expiresAt.length; slot++) {
      const wanted = live(slot) && Math.abs(this.#expiresAt[slot]!) !== Infinity;
      if (seen.has(slot) !== wanted)
        throw new Error(`expiry index: slot ${slot}, wanted ${wanted}`);
    }
  }

  #bucketOf(expiresAt: number): number {
    if (expiresAt < this.#bucketFrom || expiresAt >= this.#bucketTo) this.#findBucket(expiresAt);
    return this.#bucket;
  }

  #findBucket(expiresAt: number): void {
    const ahead = expiresAt - this.#time;
    let level = 0;
    while (level < WIDTHS.length - 1 && ahead >= WIDTHS[level + 1]!) level++;
    const width = WIDTHS[level]!;
    const nearest = Math.floor(this.#time / width);
    // What lies beyond the last level waits in its farthest bucket and is rehung when that comes due.
    const farthest = nearest + BUCKETS - 1;
    const tick = Math.max(Math.min(Math.floor(expiresAt / width), farthest), nearest);
    this.#bucket = level * BUCKETS + (tick & (BUCKETS - 1));
    // A level ends where the next begins, be it within a bucket.
    this.#bucketFrom = Math.max(tick * width, level === 0 ? 0 : this.#time + width);
    this.#bucketTo = Math.min((tick + 1) * width, this.#time + width * BUCKETS);
  }

  #hang(slot: number, bucket: number): void {
    const head = this.#heads[bucket]!;
    this.#next[slot] = head;
    this.#previous[slot] = -1 - bucket;
    if (head !== NONE) this.#previous[head] = slot + 1;
    this.#heads[bucket] = slot;
  }

  /** O(1) for a bucket of any length, unless a pass that was not finished has left some of it aside. */
  #moveAside(bucket: number): void {
    const head = this.#heads[bucket]!;
    if (head === NONE) return;
    const aside = bucket + RING;
    const left = this.#heads[aside]!;
    if (left !== NONE) this.#link(this.#lastAfter(head), left);
    this.#heads[aside] = head;
    this.#previous[head] = -1 - aside;
    this.#heads[bucket] = NONE;
    this.#due.push(aside);
  }

  #link(slot: number, next: number): void {
    this.#next[slot] = next;
    this.#previous[next] = slot + 1;
  }

  #lastAfter(head: number): number {
    let last = head;
    for (let next = head; next !== NONE; next = this.#next[last]!) last = next;
    return last;
  }

  #takeDue(): number {
    for (let aside = this.#due.at(-1); aside !== undefined; aside = this.#due.at(-1)) {
      const slot = this.#heads[aside]!;
      if (slot !== NONE) {
        this.remove(slot);
        return slot;
      }
      this.#due.pop();
    }
    return NONE;
  }
}
