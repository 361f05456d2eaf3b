import { grown } from '../grown-column.js';

/**
 * Slots in the order they came, with any of them removable in one write: a removed slot leaves a
 * hole that is skipped at the head and squeezed out when the queue runs full. The buffer is half
 * as long again as there are slots, so squeezing is rare and its cost, spread over the appends, constant.
 */
export class SlotQueue {
  #items = new Int32Array(0);
  /** Where a slot stands in `items`, counted from 1, or 0. */
  #places = new Int32Array(0);
  #start = 0;
  #end = 0;
  size = 0;

  resize(slots: number): void {
    this.#places = grown(this.#places, new Int32Array(slots));
    this.#items = grown(this.#items, new Int32Array(Math.ceil(slots * 1.5)));
  }

  append(slot: number): void {
    if (this.#end === this.#items.length) this.#squeeze();
    this.#items[this.#end++] = slot;
    this.#places[slot] = this.#end;
    this.size++;
  }

  remove(slot: number): void {
    this.#items[this.#places[slot]! - 1] = -1;
    this.#places[slot] = 0;
    this.size--;
  }

  /** The slot that came first, or -1. */
  head(): number {
    while (this.#start < this.#end) {
      const slot = this.#items[this.#start]!;
      if (slot >= 0) return slot;
      this.#start++;
    }
    return -1;
  }

  clear(): void {
    this.#places.fill(0);
    this.#start = this.#end = this.size = 0;
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let at = this.#start; at < this.#end; at++) {
      const slot = this.#items[at]!;
      if (slot >= 0) yield slot;
    }
  }

  checkInvariants(): void {
    const slots = [...this];
    if (slots.length !== this.size)
      throw new Error(`queue: ${slots.length} slots, size ${this.size}`);
    for (const slot of slots) {
      if (this.#items[this.#places[slot]! - 1] !== slot)
        throw new Error(`queue: slot ${slot} is misplaced`);
    }
    const placed = this.#places.reduce((count, place) => count + (place > 0 ? 1 : 0), 0);
    if (placed !== this.size) throw new Error(`queue: ${placed} places, size ${this.size}`);
  }

  #squeeze(): void {
    let to = 0;
    for (let from = this.#start; from < this.#end; from++) {
      const slot = this.#items[from]!;
      if (slot < 0) continue;
      this.#items[to++] = slot;
      this.#places[slot] = to;
    }
    this.#start = 0;
    this.#end = to;
  }
}
