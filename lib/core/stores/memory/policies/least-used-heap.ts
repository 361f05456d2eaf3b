import { grown, NO_INTS } from '../grown-column.js';

const FIRST_PLACES = 64;

/**
 * Some of the slots, the least used first and of equals the one used longest ago, in a binary heap. It knows what each
 * was put in under, and nothing of what happens since; the owner says so with `sinkHead`. Room is taken for the slots that
 * are in, and four bytes for each that may be.
 */
export class LeastUsedHeap {
  size = 0;
  /** By place: the slot, and the uses and the tick that it stands there under. */
  private slots = NO_INTS;
  private uses = NO_INTS;
  private ticks = NO_INTS;
  /** By slot: its place, counted from 1, or 0. */
  private places = NO_INTS;

  /** Makes room for slots below so many. */
  resize(slots: number): void {
    this.places = grown(this.places, new Int32Array(slots));
  }

  has(slot: number): boolean {
    return this.places[slot] !== 0;
  }

  /** The least slot, or -1. */
  head(): number {
    return this.size === 0 ? -1 : this.slots[0]!;
  }

  /** Whether the least slot stands there under these. */
  headIs(uses: number, tick: number): boolean {
    return this.uses[0] === uses && this.ticks[0] === tick;
  }

  /** Puts in a slot that is not in. */
  push(slot: number, uses: number, tick: number): void {
    if (this.size === this.slots.length) this.makeRoom();
    this.rise(this.size++, slot, uses, tick);
  }

  /** The least slot has more uses, or a later one, than it was put in under. */
  sinkHead(uses: number, tick: number): void {
    this.sink(0, this.slots[0]!, uses, tick);
  }

  /** Takes a slot out that is in. */
  remove(slot: number): void {
    const place = this.places[slot]! - 1;
    const last = --this.size;
    this.places[slot] = 0;
    if (place === last) return;
    const moved = this.slots[last]!;
    const uses = this.uses[last]!;
    const tick = this.ticks[last]!;
    this.sink(this.rise(place, moved, uses, tick), moved, uses, tick);
  }

  clear(): void {
    for (let place = 0; place < this.size; place++) this.places[this.slots[place]!] = 0;
    this.size = 0;
  }

  /** Throws if a slot cannot be found in time. @param uses by slot, now @param ticks by slot, now */
  checkInvariants(uses: Int32Array, ticks: Int32Array): void {
    for (let place = 0; place < this.size; place++) {
      const slot = this.slots[place]!;
      if (this.places[slot] !== place + 1) throw new Error(`heap: slot ${slot} is misplaced`);
      const parent = (place - 1) >> 1;
      if (place > 0 && this.isBefore(this.uses[place]!, this.ticks[place]!, parent))
        throw new Error(`heap: slot ${slot} is above its parent`);
      if (this.uses[place]! > uses[slot]! || this.ticks[place]! > ticks[slot]!)
        throw new Error(`heap: slot ${slot} is placed too high`);
    }
    const placed = this.places.reduce((count, place) => count + (place > 0 ? 1 : 0), 0);
    if (placed !== this.size) throw new Error(`heap: ${placed} places, size ${this.size}`);
  }

  /** Up from a place to where it belongs. @returns its place then */
  private rise(from: number, slot: number, uses: number, tick: number): number {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.isBefore(uses, tick, parent)) break;
      this.move(parent, place);
      place = parent;
    }
    this.put(place, slot, uses, tick);
    return place;
  }

  /** Down from a place to where it belongs. */
  private sink(from: number, slot: number, uses: number, tick: number): void {
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.size) break;
      const other = child + 1;
      if (other < this.size && this.isBefore(this.uses[other]!, this.ticks[other]!, child)) child++;
      if (this.isBefore(uses, tick, child)) break;
      this.move(child, place);
      place = child;
    }
    this.put(place, slot, uses, tick);
  }

  private isBefore(uses: number, tick: number, place: number): boolean {
    const other = this.uses[place]!;
    return uses < other || (uses === other && tick < this.ticks[place]!);
  }

  private move(from: number, to: number): void {
    this.put(to, this.slots[from]!, this.uses[from]!, this.ticks[from]!);
  }

  private put(place: number, slot: number, uses: number, tick: number): void {
    this.slots[place] = slot;
    this.uses[place] = uses;
    this.ticks[place] = tick;
    this.places[slot] = place + 1;
  }

  private makeRoom(): void {
    const room = Math.max(FIRST_PLACES, 2 * this.slots.length);
    this.slots = grown(this.slots, new Int32Array(room));
    this.uses = grown(this.uses, new Int32Array(room));
    this.ticks = grown(this.ticks, new Int32Array(room));
  }
}
