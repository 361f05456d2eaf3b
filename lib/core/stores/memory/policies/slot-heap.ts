import { grown } from '../grown-column.js';

/**
 * Slots with the least first, in a binary heap over columns that the owner keeps: `before(a, b)`
 * compares two slots, and the owner calls `sink` when a slot has grown.
 */
export class SlotHeap {
  private items = new Int32Array(0);
  /** Where a slot stands in `items`, counted from 1, or 0. */
  private places = new Int32Array(0);
  private readonly before: (a: number, b: number) => boolean;
  size = 0;

  constructor(before: (a: number, b: number) => boolean) {
    this.before = before;
  }

  resize(slots: number): void {
    this.places = grown(this.places, new Int32Array(slots));
    this.items = grown(this.items, new Int32Array(slots));
  }

  /** The least slot, or -1. */
  head(): number {
    return this.size === 0 ? -1 : this.items[0]!;
  }

  push(slot: number): void {
    this.rise(slot, this.size++);
  }

  remove(slot: number): void {
    const place = this.places[slot]! - 1;
    const last = this.items[--this.size]!;
    this.places[slot] = 0;
    if (last === slot) return;
    this.rise(last, place);
    this.sink(last);
  }

  /** Moves a slot down to where it belongs, after it has grown. */
  sink(slot: number): void {
    const items = this.items;
    let place = this.places[slot]! - 1;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.before(items[child + 1]!, items[child]!)) child++;
      if (!this.before(items[child]!, slot)) break;
      this.put(items[child]!, place);
      place = child;
    }
    this.put(slot, place);
  }

  clear(): void {
    this.places.fill(0);
    this.size = 0;
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let at = 0; at < this.size; at++) yield this.items[at]!;
  }

  checkInvariants(): void {
    for (let place = 0; place < this.size; place++) {
      const slot = this.items[place]!;
      if (this.places[slot] !== place + 1) throw new Error(`heap: slot ${slot} is misplaced`);
      const parent = this.items[(place - 1) >> 1]!;
      if (place > 0 && this.before(slot, parent))
        throw new Error(`heap: slot ${slot} is above its parent`);
    }
    const placed = this.places.reduce((count, place) => count + (place > 0 ? 1 : 0), 0);
    if (placed !== this.size) throw new Error(`heap: ${placed} places, size ${this.size}`);
  }

  private rise(slot: number, from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.items[parent]!;
      if (!this.before(slot, above)) break;
      this.put(above, place);
      place = parent;
    }
    this.put(slot, place);
  }

  private put(slot: number, place: number): void {
    this.items[place] = slot;
    this.places[slot] = place + 1;
  }
}
