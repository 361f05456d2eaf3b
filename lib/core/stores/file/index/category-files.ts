import type { FileLimits, IndexedEntry } from './indexed-entry.js';
import { SlotHeap } from './slot-heap.js';
import { NONE, within, type SlotOwner, type SlotPages } from './slot-pages.js';

/**
 * The files of one category in the order of their use. Those used by this process stand in a list, the
 * newest last. Those found on disk come in no order, and stand in a heap: another process may have used
 * them before or after this one has used its own.
 */
export class CategoryFiles implements SlotOwner {
  readonly category: string;
  isLive = true;
  bytes = 0;
  readonly rewritten: IndexedEntry[] = [];
  readonly #slots: SlotPages;
  readonly #limits: FileLimits;
  readonly #found: SlotHeap;
  #oldest = NONE;
  #newest = NONE;
  #used = 0;
  /** Each of them more than all the room there is. */
  readonly #oversized = new Set<number>();

  constructor(slots: SlotPages, category: string, limits: FileLimits) {
    this.#slots = slots;
    this.category = category;
    this.#limits = limits;
    this.#found = new SlotHeap(slots, 'usedAt', 'foundPlace');
  }

  get count(): number {
    return this.#used + this.#found.size;
  }

  get isOver(): boolean {
    return this.count > this.#limits.maxEntries || this.bytes > this.#limits.maxBytes;
  }

  addUsed(slot: number): void {
    this.#append(slot);
    this.#arrived(slot);
  }

  addFound(slot: number): void {
    this.#found.push(slot);
    this.#arrived(slot);
  }

  /** Its time of use must still be the one it came with, or was touched with. */
  touch(slot: number): void {
    this.#detach(slot);
    this.#append(slot);
  }

  /** One that is in it. */
  remove(slot: number): void {
    this.#detach(slot);
    const page = this.#slots.pageOf(slot);
    page.owners[within(slot)] = undefined;
    this.bytes -= page.size[within(slot)]!;
    this.#oversized.delete(slot);
  }

  /** While there is too much, what cannot stay whatever else goes; then the least recently used one. */
  get victim(): number {
    if (!this.isOver) return NONE;
    const [oversized] = this.#oversized;
    return oversized ?? this.first;
  }

  /** The least recently used one. */
  get first(): number {
    const found = this.#found.first();
    const used = this.#oldest;
    if (found === NONE || used === NONE) return found === NONE ? used : found;
    return this.#usedAt(found) <= this.#usedAt(used) ? found : used;
  }

  *[Symbol.iterator](): Generator<number> {
    yield* this.#found;
    for (let slot = this.#oldest; slot !== NONE; slot = this.#afterOf(slot)) yield slot;
  }

  /** Up to so many of those that this process has used, the most recent ones first. */
  latest(most: number): number[] {
    const latest: number[] = [];
    let slot = this.#newest;
    while (latest.length < most && slot !== NONE) {
      latest.push(slot);
      slot = this.#slots.pageOf(slot).before[within(slot)]!;
    }
    return latest;
  }

  checkInvariants(): void {
    let [count, bytes, oversized, before] = [0, 0, 0, NONE];
    this.#found.checkInvariants();
    for (const slot of this) {
      const page = this.#slots.pageOf(slot);
      const at = within(slot);
      if (page.owners[at] !== this) throw new Error(`category files: ${slot} is of another`);
      if (page.foundPlace[at] === NONE) {
        if (page.before[at] !== before) throw new Error(`category files: ${slot} is unlinked`);
        before = slot;
      }
      count++;
      bytes += page.size[at]!;
      if (this.#oversized.has(slot)) oversized++;
    }
    if (before !== this.#newest) throw new Error('category files: the newest is not the last');
    if (count !== this.count) throw new Error(`category files: ${count}, not ${this.count}`);
    if (bytes !== this.bytes) throw new Error(`category files: ${bytes} bytes, not ${this.bytes}`);
    if (oversized !== this.#oversized.size)
      throw new Error('category files: one that has gone is too large');
  }

  #arrived(slot: number): void {
    const page = this.#slots.pageOf(slot);
    const size = page.size[within(slot)]!;
    page.owners[within(slot)] = this;
    this.bytes += size;
    if (size > this.#limits.maxBytes) this.#oversized.add(slot);
  }

  #append(slot: number): void {
    const page = this.#slots.pageOf(slot);
    page.before[within(slot)] = this.#newest;
    page.after[within(slot)] = NONE;
    if (this.#newest === NONE) this.#oldest = slot;
    else this.#slots.pageOf(this.#newest).after[within(this.#newest)] = slot;
    this.#newest = slot;
    this.#used++;
  }

  #detach(slot: number): void {
    if (this.#found.has(slot)) {
      this.#found.remove(slot);
      return;
    }
    const page = this.#slots.pageOf(slot);
    const before = page.before[within(slot)]!;
    const after = page.after[within(slot)]!;
    if (before === NONE) this.#oldest = after;
    else this.#slots.pageOf(before).after[within(before)] = after;
    if (after === NONE) this.#newest = before;
    else this.#slots.pageOf(after).before[within(after)] = before;
    this.#used--;
  }

  #usedAt(slot: number): number {
    return this.#slots.pageOf(slot).usedAt[within(slot)]!;
  }

  #afterOf(slot: number): number {
    return this.#slots.pageOf(slot).after[within(slot)]!;
  }
}
