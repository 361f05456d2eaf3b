import type { IndexedEntry } from './indexed-entry.js';

/** No slot, or no place. */
export const NONE = -1;

const NAME_BYTES = 32;
const BITS = 9;
const SLOTS = 2 ** BITS;
const MASK = SLOTS - 1;

/** What a slot's entry belongs to. */
export interface SlotOwner {
  readonly category: string;
  readonly count: number;
  /** False: its entries are on their way out. */
  isLive: boolean;
  /** Of those on their way out, the ones that were written anew meanwhile. */
  readonly rewritten: IndexedEntry[];
  touch(slot: number): void;
  remove(slot: number): void;
}

/** Where a slot's values stand in its page. */
export function within(slot: number): number {
  return slot & MASK;
}

/** So many slots, a column for each thing that the index keeps of an entry. */
export class SlotPage {
  /** The digits of the name, two a byte. */
  readonly names: Buffer;
  /** The same bytes, to be compared. */
  readonly nameWords: Int32Array;
  readonly size: Float64Array;
  readonly expiresAt: Float64Array;
  readonly usedAt: Float64Array;
  readonly shownAt: Float64Array;
  readonly position: Float64Array;
  readonly ino: Float64Array;
  /** Which putting it was: another number for each. */
  readonly stamp: Uint32Array;
  /** The next one in the same chain of the table of names. */
  readonly chain: Int32Array;
  /** Neighbours among those of a category that this process has used. */
  readonly before: Int32Array;
  readonly after: Int32Array;
  /** Place in the heap of those of a category that were found on disk. */
  readonly foundPlace: Int32Array;
  /** Place in the heap of those that expire. */
  readonly duePlace: Int32Array;
  readonly firstTag: Int32Array;
  readonly keys = new Array<string | undefined>(SLOTS).fill(undefined);
  readonly owners = new Array<SlotOwner | undefined>(SLOTS).fill(undefined);

  constructor() {
    const memory = new ArrayBuffer(SLOTS * (6 * 8 + NAME_BYTES + 7 * 4));
    let at = 0;
    const doubles = (): Float64Array => {
      const column = new Float64Array(memory, at, SLOTS);
      at += column.byteLength;
      return column;
    };
    const whole = (): Int32Array => {
      const column = new Int32Array(memory, at, SLOTS);
      at += column.byteLength;
      return column;
    };
    this.size = doubles();
    this.expiresAt = doubles();
    this.usedAt = doubles();
    this.shownAt = doubles();
    this.position = doubles();
    this.ino = doubles();
    this.names = Buffer.from(memory, at, SLOTS * NAME_BYTES);
    this.nameWords = new Int32Array(memory, at, SLOTS * (NAME_BYTES / 4));
    at += this.names.byteLength;
    this.chain = whole();
    this.before = whole();
    this.after = whole();
    this.foundPlace = whole().fill(NONE);
    this.duePlace = whole().fill(NONE);
    this.firstTag = whole().fill(NONE);
    this.stamp = new Uint32Array(memory, at, SLOTS);
  }
}

/**
 * Where the index keeps its entries: columns indexed by slot. An object for each of a hundred thousand
 * entries is copied by the garbage collector until it is old, which held the event loop for 20 ms, and
 * costs three times as much. The columns come in pages, because one that grows is copied as well.
 */
export class SlotPages {
  readonly #pages: SlotPage[] = [];
  /** The first of those given back; the others follow in `chain`. */
  #free = NONE;
  /** Slots ever taken: all are below it. */
  #end = 0;
  /** Slots that are taken now. */
  count = 0;

  pageOf(slot: number): SlotPage {
    return this.#pages[slot >>> BITS]!;
  }

  take(): number {
    this.count++;
    const slot = this.#free;
    if (slot !== NONE) {
      this.#free = this.pageOf(slot).chain[within(slot)]!;
      return slot;
    }
    if (this.#end === this.#pages.length * SLOTS) this.#pages.push(new SlotPage());
    return this.#end++;
  }

  free(slot: number): void {
    const page = this.pageOf(slot);
    const at = within(slot);
    page.keys[at] = undefined;
    page.owners[at] = undefined;
    if (--this.count > 0) {
      page.chain[at] = this.#free;
      this.#free = slot;
      return;
    }
    this.#pages.length = 1;
    this.#end = 0;
    this.#free = NONE;
  }

  nameOf(slot: number): string {
    const at = within(slot) * NAME_BYTES;
    return this.pageOf(slot).names.toString('hex', at, at + NAME_BYTES);
  }
}
