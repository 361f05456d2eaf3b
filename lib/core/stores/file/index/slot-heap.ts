import { NONE, within, type SlotPages } from './slot-pages.js';

const FIRST_ITEMS = 8;
const GROWTH = 1.5;

/**
 * Slots with the least first, by one column; another column holds the place of each, so that any can be
 * taken out. Nothing is ever sorted: to sort a hundred thousand held the event loop for 75 ms or more.
 */
export class SlotHeap {
  readonly #slots: SlotPages;
  readonly #by: 'usedAt' | 'expiresAt';
  readonly #place: 'foundPlace' | 'duePlace';
  #items = new Int32Array(FIRST_ITEMS);
  size = 0;

  constructor(slots: SlotPages, by: 'usedAt' | 'expiresAt', place: 'foundPlace' | 'duePlace') {
    this.#slots = slots;
    this.#by = by;
    this.#place = place;
  }

  has(slot: number): boolean {
    return this.#placeOf(slot) !== NONE;
  }

  first(): number {
    return this.size === 0 ? NONE : this.#items[0]!;
  }

  push(slot: number): void {
    if (this.size === this.#items.length) this.#resize(Math.ceil(this.size * GROWTH));
    this.#rise(slot, this.size++);
  }

  /** A slot that is in it. */
  remove(slot: number): void {
    const place = this.#placeOf(slot);
    const last = this.#items[--this.size]!;
    this.#slots.pageOf(slot)[this.#place][within(slot)] = NONE;
    if (last !== slot) {
      this.#rise(last, place);
      this.#sink(last);
    }
    if (this.size === 0) this.#items = new Int32Array(FIRST_ITEMS);
  }

  *[Symbol.iterator](): Generator<number> {
    for (let at = 0; at < this.size; at++) yield this.#items[at]!;
  }

  checkInvariants(): void {
    for (let place = 0; place < this.size; place++) {
      const slot = this.#items[place]!;
      if (this.#placeOf(slot) !== place) throw new Error(`slot heap: ${slot} is misplaced`);
      if (place > 0 && this.#keyOf(this.#items[(place - 1) >>> 1]!) > this.#keyOf(slot))
        throw new Error(`slot heap: ${slot} is below a greater one`);
    }
  }

  #rise(slot: number, from: number): void {
    const key = this.#keyOf(slot);
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      const above = this.#items[parent]!;
      if (this.#keyOf(above) <= key) break;
      this.#put(above, place);
      place = parent;
    }
    this.#put(slot, place);
  }

  #sink(slot: number): void {
    const items = this.#items;
    const key = this.#keyOf(slot);
    let place = this.#placeOf(slot);
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.size) break;
      let least = this.#keyOf(items[child]!);
      if (child + 1 < this.size) {
        const other = this.#keyOf(items[child + 1]!);
        if (other < least) {
          least = other;
          child++;
        }
      }
      if (least >= key) break;
      this.#put(items[child]!, place);
      place = child;
    }
    this.#put(slot, place);
  }

  #put(slot: number, place: number): void {
    this.#items[place] = slot;
    this.#slots.pageOf(slot)[this.#place][within(slot)] = place;
  }

  #keyOf(slot: number): number {
    return this.#slots.pageOf(slot)[this.#by][within(slot)]!;
  }

  #placeOf(slot: number): number {
    return this.#slots.pageOf(slot)[this.#place][within(slot)]!;
  }

  #resize(length: number): void {
    const items = new Int32Array(length);
    items.set(this.#items);
    this.#items = items;
  }
}
