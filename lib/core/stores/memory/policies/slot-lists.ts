import { grown } from '../grown-column.js';

/** Not in a list, and the end of one. */
const NONE = -1;

/**
 * Slots in several lists over one pair of link columns: a slot is in one list at a time, or in none.
 * Each list is ordered from oldest to newest, in the sense of its owner, and knows how much its slots
 * weigh together; where nothing is weighed every slot weighs 1 and no column is kept.
 */
export class SlotLists {
  private newerThan = new Int32Array(0);
  private olderThan = new Int32Array(0);
  /** List of a slot plus one; 0: none. */
  private home = new Uint8Array(0);
  private weights = new Float64Array(0);
  private readonly weighed: boolean;
  private readonly oldestIn: number[];
  private readonly newestIn: number[];
  private readonly heldBy: number[];

  constructor(lists: number, weighed: boolean) {
    this.weighed = weighed;
    this.oldestIn = new Array<number>(lists).fill(NONE);
    this.newestIn = new Array<number>(lists).fill(NONE);
    this.heldBy = new Array<number>(lists).fill(0);
  }

  resize(slots: number): void {
    this.newerThan = grown(this.newerThan, new Int32Array(slots));
    this.olderThan = grown(this.olderThan, new Int32Array(slots));
    this.home = grown(this.home, new Uint8Array(slots));
    if (this.weighed) this.weights = grown(this.weights, new Float64Array(slots));
  }

  /** The list that a slot is in, or -1. */
  listOf(slot: number): number {
    return this.home[slot]! - 1;
  }

  /** The oldest slot of a list, or -1. */
  oldest(list: number): number {
    return this.oldestIn[list]!;
  }

  /** The next newer slot of the same list, or -1. */
  newer(slot: number): number {
    return this.newerThan[slot]!;
  }

  /** What the slots of a list weigh together. */
  held(list: number): number {
    return this.heldBy[list]!;
  }

  weightOf(slot: number): number {
    return this.weighed === true ? this.weights[slot]! : 1;
  }

  /** Puts a slot that is in no list at the new end of one. */
  append(list: number, slot: number, weight: number): void {
    if (this.weighed === true) this.weights[slot] = weight;
    this.link(list, slot);
  }

  /** Moves a slot to the new end of a list, its own or another. */
  move(list: number, slot: number): void {
    if (this.newestIn[list] === slot) return;
    this.unlink(slot);
    this.link(list, slot);
  }

  remove(slot: number): void {
    this.unlink(slot);
    this.home[slot] = 0;
  }

  reweigh(slot: number, weight: number): void {
    const list = this.listOf(slot);
    if (list >= 0) this.heldBy[list]! += weight - this.weightOf(slot);
    if (this.weighed === true) this.weights[slot] = weight;
  }

  clear(): void {
    this.home.fill(0);
    this.oldestIn.fill(NONE);
    this.newestIn.fill(NONE);
    this.heldBy.fill(0);
  }

  /** From oldest to newest. */
  *slotsOf(list: number): Generator<number> {
    for (let slot = this.oldestIn[list]!; slot !== NONE; slot = this.newerThan[slot]!) yield slot;
  }

  checkInvariants(): void {
    let linked = 0;
    for (let list = 0; list < this.oldestIn.length; list++) {
      let last = NONE;
      let held = 0;
      for (const slot of this.slotsOf(list)) {
        if (this.olderThan[slot] !== last)
          throw new Error(`lists: ${slot} does not follow ${last}`);
        if (this.listOf(slot) !== list) throw new Error(`lists: ${slot} is not at home`);
        held += this.weightOf(slot);
        last = slot;
        linked++;
      }
      if (this.newestIn[list] !== last) throw new Error(`lists: list ${list} ends at ${last}`);
      if (this.heldBy[list] !== held) throw new Error(`lists: list ${list} weighs ${held}`);
    }
    const housed = this.home.reduce((count, home) => count + (home > 0 ? 1 : 0), 0);
    if (housed !== linked) throw new Error(`lists: ${housed} slots housed, ${linked} linked`);
  }

  private link(list: number, slot: number): void {
    const last = this.newestIn[list]!;
    this.olderThan[slot] = last;
    this.newerThan[slot] = NONE;
    if (last === NONE) this.oldestIn[list] = slot;
    else this.newerThan[last] = slot;
    this.newestIn[list] = slot;
    this.home[slot] = list + 1;
    this.heldBy[list]! += this.weighed === true ? this.weights[slot]! : 1;
  }

  private unlink(slot: number): void {
    const list = this.home[slot]! - 1;
    const older = this.olderThan[slot]!;
    const newer = this.newerThan[slot]!;
    if (older === NONE) this.oldestIn[list] = newer;
    else this.newerThan[older] = newer;
    if (newer === NONE) this.newestIn[list] = older;
    else this.olderThan[newer] = older;
    this.heldBy[list]! -= this.weighed === true ? this.weights[slot]! : 1;
  }
}
