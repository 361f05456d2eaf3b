import { grown, NO_INTS } from '../grown-column.js';
import { SlotLists } from './slot-lists.js';

const FIRST_GHOSTS = 16;
const GROWTH = 1.5;

/**
 * Where more are expected, room is made for all when the first one comes, and memory is taken as it is written to. Putting a million anew takes
 * tens of milliseconds, and more.
 */
const LARGE = 65_536;

/**
 * Hashes of keys that have gone, oldest first, each with the weight of its entry: what a policy
 * remembers of the entries it let go. Two keys with one hash are one ghost, which is wrong once in four
 * thousand million, and never worse than a guess. Grows with what is put in; the owner bounds it with `trim`.
 */
export class GhostList {
  /** The next ghost of the same bucket, or -1. */
  private chain = NO_INTS;
  /** The first ghost of a bucket, or -1; as many buckets as there is room for ghosts, or more. */
  private buckets = NO_INTS;
  /** Each ghost's own number there is its hash. */
  private readonly order: SlotLists;
  private readonly free: number[] = [];
  private taken = 0;
  private expected = 0;
  size = 0;

  constructor(weighed: boolean) {
    this.order = new SlotLists(1, weighed);
  }

  /** What the entries weighed together. */
  get held(): number {
    return this.order.held(0);
  }

  /** There may come to be so many, about. */
  expect(ghosts: number): void {
    this.expected = ghosts;
  }

  has(hash: number): boolean {
    return this.find(hash) >= 0;
  }

  /** The ghost of a hash, or -1. */
  private find(hash: number): number {
    if (this.size === 0) return -1;
    let ghost = this.buckets[hash & (this.buckets.length - 1)]!;
    const wanted = hash | 0;
    while (ghost >= 0 && this.order.own(ghost) !== wanted) ghost = this.chain[ghost]!;
    return ghost;
  }

  /** A ghost that is already there becomes the newest. */
  add(hash: number, weight: number): void {
    this.delete(hash);
    if (this.free.length === 0 && this.taken === this.chain.length) this.grow();
    const ghost = this.free.pop() ?? this.taken++;
    this.order.append(0, ghost, weight, hash);
    this.enchain(ghost);
    this.size++;
  }

  /** True if it was there. */
  delete(hash: number): boolean {
    const ghost = this.find(hash);
    if (ghost < 0) return false;
    this.drop(ghost);
    return true;
  }

  private drop(ghost: number): void {
    const bucket = this.order.own(ghost) & (this.buckets.length - 1);
    const next = this.chain[ghost]!;
    let before = this.buckets[bucket]!;
    if (before === ghost) this.buckets[bucket] = next;
    else {
      while (this.chain[before] !== ghost) before = this.chain[before]!;
      this.chain[before] = next;
    }
    this.order.remove(ghost);
    this.free.push(ghost);
    this.size--;
  }

  /** Forgets the oldest until the others weigh at most so much. */
  trim(weight: number): void {
    while (this.size > 0 && this.held > weight) this.drop(this.order.oldest(0));
  }

  clear(): void {
    this.buckets.fill(-1);
    this.order.clear();
    this.free.length = this.taken = this.size = 0;
  }

  /** Hashes from oldest to newest. */
  *[Symbol.iterator](): Iterator<number> {
    for (const ghost of this.order.slotsOf(0)) yield this.order.own(ghost);
  }

  checkInvariants(): void {
    this.order.checkInvariants();
    let count = 0;
    for (const hash of this) {
      if (!this.has(hash)) throw new Error(`ghosts: ${hash} is not found`);
      count++;
    }
    if (count !== this.size) throw new Error(`ghosts: ${count} listed, size ${this.size}`);
    if (this.taken - this.free.length !== count) throw new Error('ghosts: a place is lost');
  }

  private enchain(ghost: number): void {
    const bucket = this.order.own(ghost) & (this.buckets.length - 1);
    this.chain[ghost] = this.buckets[bucket]!;
    this.buckets[bucket] = ghost;
  }

  private grow(): void {
    const more = Math.max(FIRST_GHOSTS, Math.ceil(this.chain.length * GROWTH));
    const room = this.expected > LARGE ? Math.max(more, this.expected) : more;
    this.chain = grown(this.chain, new Int32Array(room));
    this.order.resize(room);
    let buckets = FIRST_GHOSTS;
    while (buckets < room) buckets *= 2;
    if (buckets === this.buckets.length) return;
    this.buckets = new Int32Array(buckets).fill(-1);
    // Called with no place free: every one is a ghost.
    for (let ghost = 0; ghost < this.taken; ghost++) this.enchain(ghost);
  }
}
