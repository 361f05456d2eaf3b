import { grown } from '../grown-column.js';

/**
 * Slots in the order they came, with any of them removable in one write: a ring, in which a removed slot leaves a
 * hole that is skipped at the head and squeezed out when the ring is full. It has room for half as many again as there
 * are slots, so squeezing is rare and its cost, spread over the appends, constant; where slots leave
 * in the order they came, nothing is squeezed at all.
 */
export class SlotQueue {
  private items = new Int32Array(0);
  /** Where a slot stands in `items`, counted from 1, or 0. */
  private places = new Int32Array(0);
  /** Where the first item is, and where the next one comes. */
  private start = 0;
  private end = 0;
  /** Items from the first to the last, holes included. */
  private taken = 0;
  size = 0;

  resize(slots: number): void {
    this.places = grown(this.places, new Int32Array(slots));
    const items = new Int32Array(Math.ceil(slots * 1.5));
    let to = 0;
    for (const slot of this) {
      items[to++] = slot;
      this.places[slot] = to;
    }
    this.items = items;
    this.start = 0;
    this.end = this.taken = to;
  }

  append(slot: number): void {
    if (this.taken === this.items.length) this.squeeze();
    const end = this.end;
    this.items[end] = slot;
    this.places[slot] = end + 1;
    this.end = this.after(end);
    this.taken++;
    this.size++;
  }

  remove(slot: number): void {
    this.items[this.places[slot]! - 1] = -1;
    this.places[slot] = 0;
    this.size--;
  }

  /** The slot that came first, or -1. */
  head(): number {
    while (this.taken > 0) {
      const slot = this.items[this.start]!;
      if (slot >= 0) return slot;
      this.start = this.after(this.start);
      this.taken--;
    }
    return -1;
  }

  clear(): void {
    this.places.fill(0);
    this.start = this.end = this.taken = this.size = 0;
  }

  *[Symbol.iterator](): Iterator<number> {
    let place = this.start;
    for (let left = this.taken; left > 0; left--) {
      const slot = this.items[place]!;
      if (slot >= 0) yield slot;
      place = this.after(place);
    }
  }

  checkInvariants(): void {
    const slots = [...this];
    if (slots.length !== this.size)
      throw new Error(`queue: ${slots.length} slots, size ${this.size}`);
    for (const slot of slots) {
      if (this.items[this.places[slot]! - 1] !== slot)
        throw new Error(`queue: slot ${slot} is misplaced`);
    }
    const placed = this.places.reduce((count, place) => count + (place > 0 ? 1 : 0), 0);
    if (placed !== this.size) throw new Error(`queue: ${placed} places, size ${this.size}`);
  }

  private after(place: number): number {
    return place + 1 === this.items.length ? 0 : place + 1;
  }

  private squeeze(): void {
    let from = this.start;
    let to = from;
    for (let left = this.taken; left > 0; left--) {
      const slot = this.items[from]!;
      from = this.after(from);
      if (slot < 0) continue;
      this.items[to] = slot;
      this.places[slot] = to + 1;
      to = this.after(to);
    }
    this.end = to;
    this.taken = this.size;
  }
}
