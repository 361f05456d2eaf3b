import { NONE, within, type SlotPages } from './slot-pages.js';

const NO_TAGS: readonly string[] = [];
const FIRST_LINKS = 64;
const GROWTH = 1.5;

/** The numbers of a link: its slot, its tag, its neighbours in the list of the tag, the slot's next link. */
const FIELDS = 5;
const [SLOT, TAG, BEFORE, AFTER, SIBLING] = [0, 1, 2, 3, 4];

/**
 * Which slots carry which tag, both ways: a list of links for each tag, and one for each slot. A `Set` for
 * each tag holds the event loop when it grows; only tagged entries cost anything.
 */
export class TagLinks {
  readonly #slots: SlotPages;
  readonly #numbers = new Map<string, number>();
  /** By number; of a tag that nothing carries, the number is free. */
  readonly #tags: string[] = [];
  readonly #first: number[] = [];
  readonly #freeNumbers: number[] = [];
  /** Numbers of tags that were ended, until nothing carries them. */
  readonly #ending = new Set<number>();
  #links = new Int32Array(0);
  /** The first link that was given back; the others follow as siblings. */
  #free = NONE;
  #end = 0;

  constructor(slots: SlotPages) {
    this.#slots = slots;
  }

  add(slot: number, tags: readonly string[]): void {
    let sibling = NONE;
    for (const tag of tags.toReversed()) {
      const number = this.#numbers.get(tag) ?? this.#newNumber(tag);
      const link = this.#take();
      const after = this.#first[number]!;
      const at = link * FIELDS;
      this.#links.set([slot, number, NONE, after, sibling], at);
      if (after !== NONE) this.#links[after * FIELDS + BEFORE] = link;
      this.#first[number] = link;
      sibling = link;
    }
    this.#slots.pageOf(slot).firstTag[within(slot)] = sibling;
  }

  remove(slot: number): void {
    const { firstTag } = this.#slots.pageOf(slot);
    const links = this.#links;
    let link = firstTag[within(slot)]!;
    while (link !== NONE) {
      const at = link * FIELDS;
      const [number, before, after, sibling] = [
        links[at + TAG]!,
        links[at + BEFORE]!,
        links[at + AFTER]!,
        links[at + SIBLING]!,
      ];
      if (after !== NONE) links[after * FIELDS + BEFORE] = before;
      if (before !== NONE) links[before * FIELDS + AFTER] = after;
      else if (after === NONE) this.#forget(number);
      else this.#first[number] = after;
      links[at + SIBLING] = this.#free;
      this.#free = link;
      link = sibling;
    }
    firstTag[within(slot)] = NONE;
  }

  tagsOf(slot: number): readonly string[] {
    let link = this.#slots.pageOf(slot).firstTag[within(slot)]!;
    if (link === NONE) return NO_TAGS;
    const tags: string[] = [];
    for (; link !== NONE; link = this.#links[link * FIELDS + SIBLING]!) {
      tags.push(this.#tags[this.#links[link * FIELDS + TAG]!]!);
    }
    return tags;
  }

  /**
   * Ends a tag at once: what carries it is ending from now on, and what gets it later carries another.
   *
   * @returns the number by which to ask for what is ending, until there is none; `NONE` if nothing carries it
   */
  end(tag: string): number {
    const number = this.#numbers.get(tag);
    if (number === undefined) return NONE;
    this.#numbers.delete(tag);
    this.#ending.add(number);
    return number;
  }

  /** One that an ended tag has left, until it is removed; with none left its number is free. */
  nextEnding(number: number): number {
    const link = this.#first[number]!;
    if (link !== NONE) return this.#links[link * FIELDS + SLOT]!;
    this.#ending.delete(number);
    this.#freeNumbers.push(number);
    return NONE;
  }

  /** Whether one of its tags was ended. */
  isEnding(slot: number): boolean {
    if (this.#ending.size === 0) return false;
    let link = this.#slots.pageOf(slot).firstTag[within(slot)]!;
    for (; link !== NONE; link = this.#links[link * FIELDS + SIBLING]!) {
      if (this.#ending.has(this.#links[link * FIELDS + TAG]!)) return true;
    }
    return false;
  }

  /** Throws unless exactly these slots are linked, each to its own tags. */
  checkInvariants(slots: Iterable<number>): void {
    const known = new Set(slots);
    let links = 0;
    for (const number of [...this.#numbers.values(), ...this.#ending]) {
      const tag = this.#tags[number]!;
      const isEnding = this.#ending.has(number);
      if (!isEnding && this.#first[number] === NONE)
        throw new Error(`tag links: nothing has the tag ${tag}`);
      for (const slot of this.#slotsIn(number)) {
        links++;
        if (!known.has(slot) || !this.tagsOf(slot).includes(tag))
          throw new Error(`tag links: ${slot} is under ${tag}`);
        if (isEnding && !this.isEnding(slot)) throw new Error(`tag links: ${slot} should end`);
      }
    }
    for (const slot of known) links -= this.tagsOf(slot).length;
    if (links !== 0) throw new Error(`tag links: ${links} links of nothing`);
  }

  #newNumber(tag: string): number {
    const number = this.#freeNumbers.pop() ?? this.#tags.length;
    this.#tags[number] = tag;
    this.#first[number] = NONE;
    this.#numbers.set(tag, number);
    return number;
  }

  /** None may be removed meanwhile. */
  *#slotsIn(number: number): Generator<number> {
    let link = this.#first[number]!;
    for (; link !== NONE; link = this.#links[link * FIELDS + AFTER]!) {
      yield this.#links[link * FIELDS + SLOT]!;
    }
  }

  #forget(number: number): void {
    this.#first[number] = NONE;
    if (this.#ending.has(number)) return;
    this.#numbers.delete(this.#tags[number]!);
    this.#freeNumbers.push(number);
  }

  #take(): number {
    const link = this.#free;
    if (link !== NONE) {
      this.#free = this.#links[link * FIELDS + SIBLING]!;
      return link;
    }
    const { length } = this.#links;
    if (this.#end * FIELDS === length) {
      const links = new Int32Array(
        Math.max(FIRST_LINKS, Math.ceil((length / FIELDS) * GROWTH)) * FIELDS,
      );
      links.set(this.#links);
      this.#links = links;
    }
    return this.#end++;
  }
}
