import { grown, resized, NO_FLOATS } from './grown-column.js';

/** The slot that is no entry's: see `hold`. */
export const NO_ENTRY = 0;

const FIRST_SLOTS = 16;
const GROWTH = 1.5;

/**
 * From this capacity on, and a sixteenth of the limit, room is made for the limit at once: columns of a million entries
 * that grow by half again and again are copied for hundreds of milliseconds in all, where memory not yet
 * written to costs next to nothing.
 */
const LARGE = 32_768;
const LARGE_SHARE = 1 / 16;

/** Parts in which a store as large as that makes room, and newcomers between one part and the next. */
export const PARTS = 9;
const APART = 512;

/**
 * Where a memory store keeps its entries: columns indexed by slot. A slot is taken for an entry and
 * freed when it goes; freed ones are taken again first. Columns cost a third of what an object per
 * entry costs, and nothing to the garbage collector's marking.
 */
export class SlotColumns {
  /** By slot: its key, and its value behind it. */
  pairs: unknown[] = [];
  /** Epoch milliseconds; Infinity: never. Negative: marked. */
  expiresAt = NO_FLOATS;
  /** Until when an entry may be served stale: the same column until the first entry that may. */
  staleUntil = this.expiresAt;
  /** When an entry was made, 0 if that is not known; empty unless somebody asks. */
  bornAt = NO_FLOATS;
  /** Estimated bytes; empty unless the store is limited by bytes. */
  bytes = NO_FLOATS;
  private readonly most: number;
  private readonly weighed: boolean;
  /** Whether `bornAt` is kept. */
  dated = false;
  /**
   * The slot freed before, plus one; 0: none was. Each free slot has the next in the place of its expiry, where
   * a mark means nothing. A list of its own would be copied as it grows, for 10 ms when 300,000 entries expire.
   */
  private firstFree = 0;
  /** The slot freed last, while nobody has taken it: it is in no list. NO_ENTRY: there is none. */
  private spare = NO_ENTRY;
  private taken = NO_ENTRY + 1;
  /** Slots that room is to be made for next, and the parts of the store that have it already. */
  coming: number;
  partsGrown = 0;
  /** The slot that is not taken before there is more room, or a part of it. */
  private pausesAt = 0;

  /**
   * @param most slots that there will ever be at a time, the one that is no entry's included; room is made for no more
   * @param weighed whether `bytes` is kept
   */
  constructor(most: number, weighed: boolean) {
    this.most = most;
    this.weighed = weighed;
    this.coming = this.nextCapacity();
  }

  get capacity(): number {
    return this.expiresAt.length;
  }

  /** Every live slot is below it. */
  get end(): number {
    return this.taken;
  }

  /** True if the next `take` needs `grow` first, or the next part of it. */
  get full(): boolean {
    return this.spare === NO_ENTRY && this.firstFree === 0 && this.taken >= this.pausesAt;
  }

  /** Whether room is made in parts: the first ones while there is some left yet, so that no newcomer waits for all of them. */
  get growsInParts(): boolean {
    return (this.capacity >= LARGE && this.coming > this.capacity + 1) || this.partsGrown > 0;
  }

  /** Makes room for all that is coming at once. */
  grow(): void {
    this.growPairs();
    this.growNumbers();
    this.planNext();
  }

  /** One part of the store, these two or what others keep by slot, has room for all that is coming. */
  partHasGrown(): void {
    this.partsGrown++;
    this.pausesAt += APART;
    if (this.partsGrown === PARTS) this.planNext();
  }

  private planNext(): void {
    this.partsGrown = 0;
    this.coming = this.nextCapacity();
    this.pausesAt = this.capacity - (this.growsInParts ? (PARTS - 1) * APART : 0);
  }

  growPairs(): void {
    // Lists that grow by themselves leave more room than these need.
    this.pairs = resized(this.pairs, 2 * this.coming);
  }

  growNumbers(): void {
    const { coming: capacity, split } = this;
    this.expiresAt = grown(this.expiresAt, new Float64Array(capacity));
    this.staleUntil = split ? grown(this.staleUntil, new Float64Array(capacity)) : this.expiresAt;
    if (this.dated) this.bornAt = grown(this.bornAt, new Float64Array(capacity));
    if (this.weighed) this.bytes = grown(this.bytes, new Float64Array(capacity));
  }

  private nextCapacity(): number {
    const { capacity } = this;
    const most = Math.max(this.most, capacity + 1);
    if (capacity >= LARGE && capacity >= this.most * LARGE_SHARE) return most;
    return Math.min(Math.max(FIRST_SLOTS, Math.ceil(capacity * GROWTH)), most);
  }

  /** Whether entries may be served stale here: then they stay longer than they are fresh. */
  get split(): boolean {
    return this.staleUntil !== this.expiresAt;
  }

  /** From now on an entry may stay longer than it is fresh. */
  splitStale(): void {
    this.staleUntil = this.expiresAt.map(Math.abs);
  }

  /** From now on the entry looks expired to who does not ask `endOf`, until it is written again. */
  mark(slot: number): void {
    this.expiresAt[slot] = -this.endOf(slot);
  }

  unmark(slot: number): void {
    this.expiresAt[slot] = this.endOf(slot);
  }

  isMarked(slot: number): boolean {
    return this.expiresAt[slot]! < 0;
  }

  /** When an entry expires, marked or not. */
  endOf(slot: number): number {
    return Math.abs(this.expiresAt[slot]!);
  }

  keyIn(slot: number): string {
    return this.pairs[slot << 1] as string;
  }

  valueIn(slot: number): unknown {
    return this.pairs[(slot << 1) | 1];
  }

  /** Until when it may be served stale, marked or not. */
  staleEndOf(slot: number): number {
    return Math.abs(this.staleUntil[slot]!);
  }

  /** From now on it is kept when an entry was made. */
  keepBirths(): void {
    if (this.dated) return;
    this.dated = true;
    this.bornAt = new Float64Array(this.capacity);
  }

  /** Takes a slot, whose times are still to be written. */
  take(key: string): number {
    const slot = this.spare === NO_ENTRY ? this.another() : this.spare;
    this.spare = NO_ENTRY;
    this.pairs[slot << 1] = key;
    return slot;
  }

  private another(): number {
    if (this.firstFree === 0) return this.taken++;
    const slot = this.firstFree - 1;
    this.firstFree = Math.abs(this.expiresAt[slot]!);
    return slot;
  }

  write(slot: number, value: unknown, expiresAt: number, staleUntil: number, bornAt: number): void {
    this.pairs[(slot << 1) | 1] = value;
    if (this.split) this.staleUntil[slot] = staleUntil;
    this.expiresAt[slot] = expiresAt;
    if (this.dated === true) this.bornAt[slot] = bornAt;
  }

  free(slot: number): void {
    this.pairs[slot << 1] = undefined;
    this.pairs[(slot << 1) | 1] = undefined;
    if (this.weighed === true) this.bytes[slot] = 0;
    if (this.spare !== NO_ENTRY) this.list(this.spare);
    this.spare = slot;
  }

  private list(slot: number): void {
    this.expiresAt[slot] = this.firstFree;
    this.firstFree = slot + 1;
  }

  /** Keeps what an entry was for a caller that reads it at once. @returns a slot that is no entry's */
  hold(value: unknown, expiresAt: number): number {
    this.pairs[2 * NO_ENTRY + 1] = value;
    this.expiresAt[NO_ENTRY] = expiresAt;
    return NO_ENTRY;
  }

  clear(): void {
    this.pairs.fill(undefined);
    this.firstFree = 0;
    this.spare = NO_ENTRY;
    this.taken = NO_ENTRY + 1;
    this.bytes.fill(0);
  }
}
