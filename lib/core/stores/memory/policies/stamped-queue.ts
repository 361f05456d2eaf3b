import { NO_INTS } from '../grown-column.js';

/**
 * Slots in the order they came, each with the tick it came at: a ring, out of which nothing is taken. An item is over when its
 * slot waits under another tick, which is seen when the item comes to the head, or is squeezed out because the
 * ring is full. It has room for half as many again as there are slots, and a slot waits once, so squeezing makes room
 * for at least half as many.
 */
export class StampedQueue {
  private items = NO_INTS;
  private ticks = NO_INTS;
  /** By slot: the tick it waits under; the owner's column. */
  private waiting: Int32Array = NO_INTS;
  /** Where the first item is, and where the next one comes. */
  private start = 0;
  private end = 0;
  /** Items from the first to the last, those included that are over. */
  private taken = 0;

  /** @param waiting by slot, the tick it waits under: an item of another tick is over */
  resize(waiting: Int32Array): void {
    this.waiting = waiting;
    const room = Math.ceil(waiting.length * 1.5);
    this.moveInto(new Int32Array(room), new Int32Array(room), 0);
  }

  /** @param tick that no other item in the queue has for the slot */
  append(slot: number, tick: number): void {
    if (this.taken === this.items.length) this.moveInto(this.items, this.ticks, this.start);
    const end = this.end;
    this.items[end] = slot;
    this.ticks[end] = tick;
    this.end = this.after(end);
    this.taken++;
  }

  /** The slot that came first of those that wait, or -1. */
  head(): number {
    while (this.taken > 0) {
      const start = this.start;
      const slot = this.items[start]!;
      if (this.waiting[slot] === this.ticks[start]) return slot;
      this.start = this.after(start);
      this.taken--;
    }
    return -1;
  }

  clear(): void {
    this.start = this.end = this.taken = 0;
  }

  *[Symbol.iterator](): Iterator<number> {
    let place = this.start;
    for (let left = this.taken; left > 0; left--) {
      const slot = this.items[place]!;
      if (this.waiting[slot] === this.ticks[place]) yield slot;
      place = this.after(place);
    }
  }

  private after(place: number): number {
    return place + 1 === this.items.length ? 0 : place + 1;
  }

  /** The items that are not over come together from `start` on, in the same columns or in larger ones. */
  private moveInto(
    items: Int32Array<ArrayBuffer>,
    ticks: Int32Array<ArrayBuffer>,
    start: number,
  ): void {
    let from = this.start;
    let end = start;
    let live = 0;
    for (let left = this.taken; left > 0; left--) {
      const slot = this.items[from]!;
      const tick = this.ticks[from]!;
      from = this.after(from);
      if (this.waiting[slot] !== tick) continue;
      items[end] = slot;
      ticks[end] = tick;
      end = end + 1 === items.length ? 0 : end + 1;
      live++;
    }
    this.items = items;
    this.ticks = ticks;
    this.start = start;
    this.end = end;
    this.taken = live;
  }
}
