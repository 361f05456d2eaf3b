import { randomInt } from 'node:crypto';
import { FOLDERS } from '../file-layout.js';
import { NONE, within, type SlotPages } from './slot-pages.js';

const WORDS = 8;
const FIRST_CHAINS = 8;

/** The name that is looked for. */
const wanted = Buffer.alloc(WORDS * 4);
const wantedWords = new Int32Array(wanted.buffer, wanted.byteOffset, WORDS);

interface Folder {
  /** The first slot of each chain; as many chains as a power of two. */
  chains: Int32Array;
  /** A hash has so many digits too many. */
  shift: number;
  count: number;
}

/**
 * Slots by the names of their entries. A table for each of the folders that the files are in, so that
 * none has to be made anew all at once: a `Map` of 65,536 names took 23 ms to become larger.
 */
export class NameTable {
  readonly #slots: SlotPages;
  readonly #folders: (Folder | undefined)[] = FOLDERS.map(() => undefined);
  /** Nobody outside can choose keys whose names fall into one chain. */
  readonly #salt = randomInt(2 ** 31) * 2 + 1;

  constructor(slots: SlotPages) {
    this.#slots = slots;
  }

  find(name: string): number {
    wanted.write(name, 'hex');
    const folder = this.#folders[wanted[0]!];
    if (folder === undefined) return NONE;
    let slot = folder.chains[this.#chainOf(folder, wantedWords[WORDS - 1]!)]!;
    while (slot !== NONE) {
      const page = this.#slots.pageOf(slot);
      const at = within(slot);
      if (isWanted(page.nameWords, at * WORDS)) return slot;
      slot = page.chain[at]!;
    }
    return NONE;
  }

  /** Gives the slot a name that is not in the table. */
  add(slot: number, name: string): void {
    wanted.write(name, 'hex');
    const page = this.#slots.pageOf(slot);
    page.nameWords.set(wantedWords, within(slot) * WORDS);
    const folder = (this.#folders[wanted[0]!] ??= folderOf(FIRST_CHAINS));
    if (++folder.count > folder.chains.length) this.#grow(folder);
    this.#link(folder, slot);
  }

  remove(slot: number): void {
    const page = this.#slots.pageOf(slot);
    const at = within(slot);
    const number = page.names[at * WORDS * 4]!;
    const folder = this.#folders[number]!;
    const next = page.chain[at]!;
    const chain = this.#chainOf(folder, page.nameWords[at * WORDS + WORDS - 1]!);
    let before = folder.chains[chain]!;
    if (before === slot) folder.chains[chain] = next;
    else {
      while (this.#nextOf(before) !== slot) before = this.#nextOf(before);
      this.#slots.pageOf(before).chain[within(before)] = next;
    }
    if (--folder.count === 0) this.#folders[number] = undefined;
  }

  /** Slots of the names that begin with these two digits. */
  *slotsOf(prefix: string): Generator<number> {
    for (let slot of this.#folders[Number.parseInt(prefix, 16)]?.chains ?? []) {
      for (; slot !== NONE; slot = this.#nextOf(slot)) yield slot;
    }
  }

  #grow(folder: Folder): void {
    const { chains: before } = folder;
    Object.assign(folder, folderOf(before.length * 2), { count: folder.count });
    for (let slot of before) {
      while (slot !== NONE) {
        const next = this.#nextOf(slot);
        this.#link(folder, slot);
        slot = next;
      }
    }
  }

  #link(folder: Folder, slot: number): void {
    const page = this.#slots.pageOf(slot);
    const at = within(slot);
    const chain = this.#chainOf(folder, page.nameWords[at * WORDS + WORDS - 1]!);
    page.chain[at] = folder.chains[chain]!;
    folder.chains[chain] = slot;
  }

  #nextOf(slot: number): number {
    return this.#slots.pageOf(slot).chain[within(slot)]!;
  }

  #chainOf({ shift }: Folder, word: number): number {
    return Math.imul(word, this.#salt) >>> shift;
  }
}

function folderOf(chains: number): Folder {
  return { chains: new Int32Array(chains).fill(NONE), shift: Math.clz32(chains) + 1, count: 0 };
}

function isWanted(words: Int32Array, from: number): boolean {
  for (let at = 0; at < WORDS; at++) if (words[from + at] !== wantedWords[at]) return false;
  return true;
}
