import { grown, NO_FLOATS } from '../grown-column.js';

/** Lists there may be at most: the first rows are theirs. */
const LISTS = 4;

/** A row has four numbers, so that its place is found, and they in it, by a shift and bits: sums may overflow, and V8 would look. `AdaptivePolicy.touch` has places in it written out. */
export const ROW_BITS = 2;
/** Of a list: its newest row, and its oldest one. */
export const OLDER = 0;
export const NEWER = 1;
/** The owner's: any number. Of a list: how many slots are in it, where they are not weighed. */
export const OWN = 2;
/** The lowest bits are the list of the slot plus one, 0: none. The others are the owner's. */
export const STATE = 3;
export const LIST = 0xff;

/** The first of the owner's bits in the state of a slot. */
export const OWN_BIT = 8;

/**
 * Slots in several lists: a slot is in one list at a time, or in none. Each list is ordered from oldest to newest,
 * in the sense of its owner, and knows how much its slots weigh together; where nothing is weighed every slot
 * weighs 1 and no column is kept.
 *
 * What is known of a slot stands side by side, in one line of the processor's cache: its neighbours, its list, and
 * what the owner keeps there, a number and 24 bits. A list is a ring through a row of its own, so that no neighbour is a special case.
 */
export class SlotLists {
  /** For who has no room for the methods below: see `rowOf`, and `AdaptivePolicy.exchange`. */
  rows = noRows(0);
  private weights = NO_FLOATS;
  private readonly weighed: boolean;
  private readonly lists: number;
  /** What the slots of each list weigh together, if they are weighed. */
  private readonly heldBy = new Float64Array(LISTS);

  constructor(lists: number, weighed: boolean) {
    if (lists > LISTS) throw new Error(`slot lists: ${lists} are too many`);
    this.weighed = weighed;
    this.lists = lists;
  }

  resize(slots: number): void {
    this.rows = grown(this.rows, noRows(slots));
    if (this.weighed) this.weights = grown(this.weights, new Float64Array(slots));
  }

  /** The list that a slot is in, or -1. */
  listOf(slot: number): number {
    return (this.rows[rowOf(slot) | STATE]! & LIST) - 1;
  }

  /** The oldest slot of a list, or -1. */
  oldest(list: number): number {
    return slotOf(this.rows[(list << ROW_BITS) | NEWER]!);
  }

  /** The next newer slot of the same list, or -1. */
  newer(slot: number): number {
    return slotOf(this.rows[rowOf(slot) | NEWER]!);
  }

  /** What the slots of a list weigh together. */
  held(list: number): number {
    return this.weighed === true ? this.heldBy[list]! : this.rows[(list << ROW_BITS) | OWN]!;
  }

  weightOf(slot: number): number {
    return this.weighed === true ? this.weights[slot]! : 1;
  }

  /** The owner's number of a slot. */
  own(slot: number): number {
    return this.rows[rowOf(slot) | OWN]!;
  }

  /** The owner's bits of a slot, from OWN_BIT on, and lower ones that are not. */
  state(slot: number): number {
    return this.rows[rowOf(slot) | STATE]!;
  }

  /** Only bits from OWN_BIT on may differ from what `state` answered. */
  setState(slot: number, state: number): void {
    this.rows[rowOf(slot) | STATE] = state;
  }

  /** Puts a slot that is in no list at the new end of one. @param own the owner's number @param bits the owner's, from OWN_BIT on */
  append(list: number, slot: number, weight: number, own = 0, bits = 0): void {
    if (this.weighed === true) this.weights[slot] = weight;
    this.rows[rowOf(slot) | OWN] = own;
    this.link(list, slot, bits);
  }

  /** Moves a slot to the new end of a list, its own or another. */
  move(list: number, slot: number): void {
    this.unlink(slot);
    this.link(list, slot, this.rows[rowOf(slot) | STATE]! & ~LIST);
  }

  remove(slot: number): void {
    this.unlink(slot);
    this.rows[rowOf(slot) | STATE] = 0;
  }

  reweigh(slot: number, weight: number): void {
    const list = this.listOf(slot);
    if (this.weighed !== true) return;
    if (list >= 0) this.heldBy[list]! += weight - this.weights[slot]!;
    this.weights[slot] = weight;
  }

  clear(): void {
    this.rows = noRows(this.slots);
    this.heldBy.fill(0);
  }

  /** From oldest to newest. */
  *slotsOf(list: number): Generator<number> {
    for (let slot = this.oldest(list); slot >= 0; slot = this.newer(slot)) yield slot;
  }

  checkInvariants(): void {
    let linked = 0;
    for (let list = 0; list < this.lists; list++) {
      let last = list;
      let held = 0;
      for (const slot of this.slotsOf(list)) {
        if (this.rows[rowOf(slot) | OLDER] !== last)
          throw new Error(`lists: ${slot} does not follow ${last - LISTS}`);
        if (this.listOf(slot) !== list) throw new Error(`lists: ${slot} is not at home`);
        held += this.weightOf(slot);
        last = slot + LISTS;
        linked++;
      }
      if (this.rows[(list << ROW_BITS) | OLDER] !== last)
        throw new Error(`lists: list ${list} ends at ${last - LISTS}`);
      if (this.held(list) !== held) throw new Error(`lists: list ${list} weighs ${held}`);
    }
    let housed = 0;
    for (let slot = 0; slot < this.slots; slot++) if (this.listOf(slot) >= 0) housed++;
    if (housed !== linked) throw new Error(`lists: ${housed} slots housed, ${linked} linked`);
  }

  private get slots(): number {
    return (this.rows.length >> ROW_BITS) - LISTS;
  }

  private link(list: number, slot: number, bits: number): void {
    const rows = this.rows;
    const ring = list << ROW_BITS;
    const row = rowOf(slot);
    const neighbour = row >> ROW_BITS;
    const last = rows[ring | OLDER]!;
    rows[row | OLDER] = last;
    rows[row | NEWER] = list;
    rows[row | STATE] = bits | (list + 1);
    rows[(last << ROW_BITS) | NEWER] = neighbour;
    rows[ring | OLDER] = neighbour;
    if (this.weighed === true) this.heldBy[list]! += this.weights[slot]!;
    else rows[ring | OWN]!++;
  }

  private unlink(slot: number): void {
    const rows = this.rows;
    const row = rowOf(slot);
    const older = rows[row | OLDER]!;
    const newer = rows[row | NEWER]!;
    rows[(older << ROW_BITS) | NEWER] = newer;
    rows[(newer << ROW_BITS) | OLDER] = older;
    const list = (rows[row | STATE]! & LIST) - 1;
    if (this.weighed === true) this.heldBy[list]! -= this.weights[slot]!;
    else rows[(list << ROW_BITS) | OWN]!--;
  }
}

/** Where the row of a slot begins. The number of lists and the bits of a row are written out: constants are more bytecode. */
export const rowOf = (slot: number): number => (slot + 4) << 2;

/** The slot of a neighbour, or -1 if that is the list. */
const slotOf = (neighbour: number): number => (neighbour < LISTS ? -1 : neighbour - LISTS);

/** Rows of so many slots that are in no list, and of the lists, which are empty: each is its own neighbour. */
function noRows(slots: number): Int32Array {
  const rows = new Int32Array((slots + LISTS) << ROW_BITS);
  for (let list = 0; list < LISTS; list++) {
    const ring = list << ROW_BITS;
    rows[ring | OLDER] = rows[ring | NEWER] = list;
  }
  return rows;
}
