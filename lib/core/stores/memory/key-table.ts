import type { KeyHash } from '../../primitives/key-hash.js';
import { ComingPlaces } from './coming-places.js';
import { hashFrom, LONGEST_READ, quickHash, stateAfter } from './quick-hash.js';
import { grown, NO_INTS } from './grown-column.js';
import { NumberFamily, TextFamily, type KeyFamily } from './key-family.js';
import { KeyNotes } from './key-notes.js';

/**
 * A slot's numbers, of which the first is the next word in its chain. There is room for four, so that they are found by
 * a shift and bits, which cannot overflow, and never lie in two lines of the processor's cache. `find`, `findNoted` and
 * `exchange` have these numbers written out.
 */
const ROW_BITS = 2;
const HASH = 1;
const ARRIVAL = 2;

/** What `find` answers of a key that is not there. Slots are not negative: who loads this from another file compares with 0, as hits pay for that. */
export const NOT_FOUND = -1;

/** What `findNoted` answers of a key that must be asked for as a whole. */
export const UNSEEN = -2;

const FIRST_PLACES = 32;

/** The one place, always empty, of a table that has no slots yet. */
const NO_PLACES = new Int32Array(1);

/** The share of places that may be taken: at a half, hits among a thousand keys took an eighth longer, for branches guessed wrongly. */
const FULLEST = 0.4;
/** The same where room costs little: until there are so many places, which take 256 KB. */
const FULLEST_SMALL = 0.2;
const FEW_PLACES = 65_536;

/**
 * Keys of one hash as its own, and places, that a newcomer may go by before the quick hash is given up. Of a
 * million keys a hundred pairs have one hash, and four keys have in one of two million tables; the longest way in a
 * table that was half full was 58 places.
 */
const MOST_ALIKE = 3;
const LONGEST_WAY = 32;

/** Keys in a row that were missing, and of which each began as all others do, before not each is looked at. */
const LEARNT = 4096;
/** More than are ever missing. */
const NEVER = 2 ** 30;
/** Bits of the hash that are 0 in those that are looked at then: one of sixteen, and who knows no secret does not know which. */
const LOOKED_AT = 15;

/**
 * Which slot a key is in: a table of chains whose links stand by slot, slots being never more than two fifths as many as places
 * (Knuth, TAOCP vol. 3, 6.4, algorithm C, its links apart). A `Map` keeps what was deleted until it copies itself, which under a full
 * cache it does all the time: there a key that comes while another goes costs three to four times as much. And a
 * `Map` hashes a key that was just put together as well, but where it is not inlined.
 *
 * **Chosen keys.** Keys are hashed quickly, which an attacker can turn against a table: all of his keys on one
 * way. The way a newcomer takes shows it, by keys of the very same hash that are not the same. Then the table takes
 * HalfSipHash under a secret, for good: dearer, and nothing to be chosen.
 *
 * **What keys begin with** is not hashed where all begin alike. A stray, which does not, and is hashed as if it did, is found by that hash
 * too, as long as it stays the same: so not each key that is missing is compared once thousands have begun alike, and when one is seen to stray,
 * all that do are hashed anew.
 *
 * Members are `private`, not `#private`, in what a hit goes through: V8 inlines so much bytecode and no more, and a
 * private name takes twice as much as a property, a private method a look into the object besides.
 */
export class KeyTable {
  size = 0;
  /** By place: a slot, of which none is 0, and above the bits of the mask those of the hash; 0: empty. */
  private places = NO_PLACES;
  private mask = 0;
  /** For more slots. */
  private readonly coming = new ComingPlaces();
  /** By slot, side by side: the next word in its chain, the hash of its key, and which arrival is in it, or was. */
  private rows = NO_INTS;
  /** The latest arrival: a count of 32 bits, that begins anew. */
  private arrived: number;
  /** By slot: its key, for as long as it is in, and something else behind it; the store's own column. */
  private pairs: readonly unknown[] = [];
  /** By what values keys are found in their families; none where there are no families. */
  private notes: KeyNotes | undefined = undefined;
  private readonly seed: number;
  private readonly strong: KeyHash;
  /** What all keys begin with that are hashed where they are looked up, how long that is, and the state of the hash behind it. */
  private beginning = '';
  private skipped = 0;
  private begun: number;
  /** Missing keys that are to be looked at yet, each; then those whose hash has none of these bits. */
  private unlearnt = LEARNT;
  private looked = 0;
  /** Keys of more characters are not hashed where they are looked up: none is, once keys are chosen. */
  private longest = LONGEST_READ;
  private readonly onRehash: (newcomer: number, guarded: boolean) => void;
  /** The hash of the key that was looked for and not found last, if it begins as others do. */
  private tried = 0;
  /** The key that was last told to be missing, its hash, and whether keys will begin otherwise when it comes. */
  private missed: string | undefined = undefined;
  private missedHash = 0;
  private strays = false;

  /**
   * @param strong what keys are hashed by once somebody chooses them
   * @param onRehash called when hashes are others than before, all of them if the table is guarded from now on, or else those of a few
   *   keys; with the slot of the key that is coming, if nobody else knows of it yet, or NOT_FOUND
   * @param arrived where to start counting, for tests of what happens at the end
   */
  constructor(
    strong: KeyHash,
    onRehash: (newcomer: number, guarded: boolean) => void,
    arrived = 0,
  ) {
    this.arrived = arrived;
    this.strong = strong;
    this.seed = strong.of('') | 0;
    this.begun = this.seed;
    this.onRehash = onRehash;
  }

  /** Whether the quick hash was given up. */
  get guarded(): boolean {
    return this.longest !== LONGEST_READ;
  }

  /** Makes room for so many slots as there are pairs; `pairs` is the store's own column. */
  resize(pairs: readonly unknown[]): void {
    const slots = pairs.length / 2;
    this.usePairs(pairs);
    this.growRows(slots);
    this.growPlaces(slots);
  }

  /** The store's own column is another from now on, with what was in it. */
  usePairs(pairs: readonly unknown[]): void {
    this.pairs = pairs;
  }

  growRows(slots: number): void {
    this.rows = grown(this.rows, new Int32Array(slots << ROW_BITS));
    this.notes?.resize(slots);
  }

  /** Takes a share of the memory of the places that so many slots need. */
  prepare(slots: number, share: number): void {
    const places = this.placesFor(slots);
    if (places !== this.places.length) this.coming.take(places, share);
  }

  growPlaces(slots: number): void {
    const places = this.placesFor(slots);
    if (places !== this.places.length) this.spread(this.coming.handOver(places));
  }

  private placesFor(slots: number): number {
    let places = Math.max(FIRST_PLACES, this.places.length);
    while (places * (places < FEW_PLACES ? FULLEST_SMALL : FULLEST) < slots) places *= 2;
    return places;
  }

  /**
   * Each chain becomes several, by bits of the hash that stand in its words. So both tables are gone through from end to end, and memory
   * is touched in its order; by slot each key would be in another place of it.
   */
  private spread(larger: Int32Array<ArrayBuffer>): void {
    const { places: old, mask: oldMask, rows } = this;
    const mask = larger.length - 1;
    for (let home = 0; home < old.length; home++) {
      let word = old[home]!;
      while (word !== 0) {
        const slot = word & oldMask;
        const row = slot << ROW_BITS;
        const place = home | (word & (mask ^ oldMask));
        const next = rows[row]!;
        rows[row] = larger[place]!;
        larger[place] = (word & ~mask) | slot;
        word = next;
      }
    }
    this.places = larger;
    this.mask = mask;
  }

  /** The slot of a key, or NOT_FOUND. */
  find(key: string): number {
    // Callers refuse a key that is no string when it is not found: hits pay no other check.
    if (typeof key !== 'string') return -1;
    // All of this is inlined where a hit is made, and its bytecode counts: -1 is NOT_FOUND, 2 ROW_BITS, and a number is asked as it is.
    // Where a key begins otherwise than all that are in, this is not its hash, but then it is not found by any.
    const hash =
      key.length > this.longest ? this.hashOf(key) : hashFrom(key, this.skipped, this.begun);
    const mask = this.mask;
    let word = this.places[hash & mask]!;
    // No key is compared in here: all that another round needs would be put away and fetched again for that call.
    while (word !== 0 && (word ^ hash) & ~mask) word = this.rows[(word & mask) << 2]!;
    if (word !== 0) {
      const slot = word & mask;
      return this.pairs[slot << 1] === key ? slot : this.findBehind(slot, key);
    }
    this.tried = hash;
    return -1;
  }

  /** As `find`, of a key that has the hash of another one, the first of it in the chain: behind that. @param slot of the other one */
  private findBehind(slot: number, key: string): number {
    let next = slot;
    do next = this.rows[next << ROW_BITS]! & this.mask;
    while (next !== 0 && this.pairs[next << 1] !== key);
    if (next !== 0) return next;
    this.tried = this.hashIn(slot);
    return NOT_FOUND;
  }

  /** The hash of a key that `find` has just not found. It may come next. */
  hashOfMissing(key: string): number {
    let hash = this.tried;
    this.strays = false;
    if ((hash & this.looked) === 0 || key.length <= this.skipped) hash = this.lookAtMissing(key);
    this.missed = key;
    this.missedHash = hash;
    return hash;
  }

  /** The hash that the key has if it comes now: `findForWrite` has just not found it. */
  get hashOfNext(): number {
    return this.missedHash;
  }

  /** As `find`, for who is about to put the key in: most were looked for just before. */
  findForWrite(key: string): number {
    if (key === this.missed) return NOT_FOUND;
    const slot = this.find(key);
    if (slot < 0) this.hashOfMissing(key);
    return slot;
  }

  /** A family of keys in this table: see there. */
  textFamily(before: (length: number) => string, after: string): TextFamily {
    this.takeNotes();
    return new TextFamily(this.seed, before, after);
  }

  numberFamily(before: string, after: string): NumberFamily {
    this.takeNotes();
    return new NumberFamily(this.seed, before, after);
  }

  /** The slot of the key that a value makes in its family, if it was noted; else UNSEEN. @param hash what the family says of the value */
  findNoted(hash: number, family: KeyFamily, value: string | number): number {
    // Once the quick hash is given up it finds none, and what it meets is what was noted all the same.
    const mask = this.mask;
    let word = this.places[hash & mask]!;
    while (word !== 0 && (word ^ hash) & ~mask) word = this.rows[(word & mask) << 2]!;
    // The first of its hash alone: a value whose key has the hash of another's is asked for by its key.
    return word !== 0 && this.notes!.has(word & mask, family, value) ? word & mask : UNSEEN;
  }

  /** For as long as it is in, the key in a slot is the one that a value makes in its family. */
  note(slot: number, family: KeyFamily, value: string | number): void {
    this.notes!.add(slot, family, value);
    // Families know nothing of strays: it would never be found by its value.
    if (this.looked !== 0 && !this.beginsAsAll(this.keyIn(slot))) this.rehash(slot, NOT_FOUND);
  }

  /** The key that was told to be missing comes into a slot, which has it already. @returns its hash @throws Error without such a key */
  add(slot: number): number {
    if (this.missed === undefined) throw new Error('key table: nothing was looked for');
    const hash = this.missedHash;
    if (this.strays === true) this.begin(this.missed);
    this.size++;
    this.missed = undefined;
    this.rows[(slot << ROW_BITS) | HASH] = hash;
    this.arrived = (this.arrived + 1) | 0;
    this.rows[(slot << ROW_BITS) | ARRIVAL] = this.arrived;
    return this.place(slot, hash) ? hash : this.rehash(slot, slot);
  }

  /**
   * As `add`, into the slot of another key, which goes. What `remove` and `add` do is written out, with numbers for the bits of a row: as
   * three calls it is a twentieth more of a miss. Whether there is such a key is not looked at.
   */
  exchange(slot: number): number {
    const rows = this.rows;
    const places = this.places;
    const mask = this.mask;
    const row = slot << 2;
    const home = rows[row | 1]! & mask;
    let word = places[home]!;
    if ((word & mask) === slot) places[home] = rows[row]!;
    else {
      let before = 0;
      do {
        before = (word & mask) << 2;
        word = rows[before]!;
      } while ((word & mask) !== slot);
      rows[before] = rows[row]!;
    }
    if (this.notes !== undefined) this.notes.remove(slot);
    if (this.strays === true) this.begin(this.missed!);
    this.missed = undefined;
    const hash = this.missedHash;
    const arrived = (this.arrived + 1) | 0;
    this.arrived = arrived;
    const first = places[hash & mask]!;
    rows[row] = first;
    rows[row | 1] = hash;
    rows[row | 2] = arrived;
    places[hash & mask] = (hash & ~mask) | slot;
    if (first === 0 || rows[(first & mask) << 2] === 0 || this.isByChance(first, hash)) return hash;
    return this.rehash(slot, NOT_FOUND);
  }

  /** The key in a slot goes; the slot still has it. @returns its hash */
  remove(slot: number): number {
    const hash = this.unplace(slot);
    if (this.notes !== undefined) this.notes.remove(slot);
    if (--this.size === 0) this.learnAnew();
    return hash;
  }

  private unplace(slot: number): number {
    const mask = this.mask;
    const rows = this.rows;
    const hash = rows[(slot << ROW_BITS) | HASH]!;
    const home = hash & mask;
    let word = this.places[home]!;
    if ((word & mask) === slot) this.places[home] = rows[slot << ROW_BITS]!;
    else {
      let before = 0;
      do {
        before = word & mask;
        word = rows[before << ROW_BITS]!;
      } while ((word & mask) !== slot);
      rows[before << ROW_BITS] = rows[slot << ROW_BITS]!;
    }
    return hash;
  }

  clear(): void {
    this.places.fill(0);
    this.notes?.clear();
    this.size = 0;
    this.learnAnew();
  }

  /** Whether there is a key in a slot. */
  holds(slot: number): boolean {
    return this.pairs[slot << 1] !== undefined;
  }

  /** The slots of all keys, in the order that the keys came in. */
  slots(): Int32Array {
    const slots = new Int32Array(this.size);
    let at = 0;
    let sorted = true;
    for (let slot = 0; at < slots.length; slot++) {
      if (!this.holds(slot)) continue;
      if (at > 0 && this.ageOf(slot) > this.ageOf(slots[at - 1]!)) sorted = false;
      slots[at++] = slot;
    }
    return sorted ? slots : slots.sort((a, b) => this.ageOf(b) - this.ageOf(a));
  }

  /** The hash of the key in a slot. */
  hashIn(slot: number): number {
    return this.rows[(slot << ROW_BITS) | HASH]!;
  }

  /** The hash of any key. */
  hashOf(key: string): number {
    return this.guarded ? this.strong.of(key) | 0 : quickHash(key, this.seed);
  }

  /** Throws if a key cannot be found, or something else can. For tests. */
  checkInvariants(): void {
    let placed = 0;
    for (const first of this.places) {
      for (let word = first; word !== 0; word = this.rows[(word & this.mask) << ROW_BITS]!) {
        placed++;
        const slot = word & this.mask;
        const key = this.keyIn(slot);
        // A slot that stands twice is found all the same, and then there are too many.
        if (this.find(key) !== slot) throw new Error(`key table: slot ${slot} is not found`);
        const exact = this.looked === 0 || this.beginsAsAll(key);
        if (exact && this.hashIn(slot) !== this.hashOf(key))
          throw new Error(`key table: slot ${slot} has another hash than its key`);
        if (placed > this.size) break;
      }
    }
    let live = 0;
    for (let slot = 0; slot < this.pairs.length / 2; slot++) if (this.holds(slot)) live++;
    if (placed !== this.size || live !== this.size)
      throw new Error(`key table: ${this.size} keys, ${placed} places, ${live} slots`);
  }

  /** What is asked for next may be the first of other keys. */
  private learnAnew(): void {
    this.lookAtEach(LEARNT);
    this.missed = undefined;
  }

  /** Of so many missing keys. */
  private lookAtEach(count: number): void {
    this.unlearnt = count;
    this.looked = 0;
  }

  /** Whether a key begins as all are taken to; long ones do in any case. Not by the hash's state: many beginnings leave it the same. */
  private beginsAsAll(key: string): boolean {
    return key.length > this.longest || begins(key, this.beginning);
  }

  /** Keys begin with no more from now on than they share with this one, which comes in. The hash of each stays as it is. */
  private begin(key: string): void {
    this.skip(this.size === 0 ? key : sharedBeginning(this.beginning, key));
  }

  /**
   * The hash of a key that is missing and may stray. Once one does, each is looked at from then on: it may only be asked for, and never
   * come, and what nobody writes must not change what keys begin with.
   */
  private lookAtMissing(key: string): number {
    const isFirst = this.size === 0;
    if (this.beginsAsAll(key)) {
      this.strays = isFirst && key.length <= this.longest;
      if (this.looked === 0 && !isFirst && --this.unlearnt === 0) this.looked = LOOKED_AT;
      return this.tried;
    }
    this.strays = true;
    if (this.looked !== 0) {
      if (this.placeStrays()) this.onRehash(NOT_FOUND, false);
      this.lookAtEach(NEVER);
    }
    return this.hashOf(key);
  }

  private skip(beginning: string): void {
    this.beginning = beginning;
    this.skipped = beginning.length;
    this.lookAtEach(LEARNT);
    this.begun = stateAfter(beginning, 0, beginning.length, this.seed);
  }

  /** Keys that have come since the one in a slot. */
  private ageOf(slot: number): number {
    return (this.arrived - this.rows[(slot << ROW_BITS) | ARRIVAL]!) >>> 0;
  }

  private keyIn(slot: number): string {
    return this.pairs[slot << 1] as string;
  }

  private takeNotes(): void {
    if (this.notes !== undefined) return;
    this.notes = new KeyNotes();
    this.notes.resize(this.pairs.length / 2);
  }

  /** False if the way to it shows that the keys are chosen; it has its place all the same. */
  private place(slot: number, hash: number): boolean {
    const mask = this.mask;
    const home = hash & mask;
    const first = this.places[home]!;
    this.rows[slot << ROW_BITS] = first;
    this.places[home] = (hash & ~mask) | slot;
    // Three alike there are in longer chains alone.
    return (
      first === 0 || this.rows[(first & mask) << ROW_BITS] === 0 || this.isByChance(first, hash)
    );
  }

  private isByChance(first: number, hash: number): boolean {
    const mask = this.mask;
    let alike = 0;
    let way = 0;
    for (let word = first; word !== 0; word = this.rows[(word & mask) << ROW_BITS]!) {
      // The bits of the mask are the same in all of a chain.
      if (((word ^ hash) & ~mask) === 0) alike++;
      way++;
    }
    return (alike < MOST_ALIKE && way < LONGEST_WAY) || this.guarded;
  }

  /**
   * Hashes strays anew, or, if there are none, all keys: they are chosen.
   *
   * @param newcomer the slot of a key that nobody else has been told of, or NOT_FOUND
   * @returns the hash that the key in a slot has now
   */
  private rehash(slot: number, newcomer: number): number {
    this.missed = undefined;
    const areChosen = !this.placeStrays();
    if (areChosen) this.harden();
    this.onRehash(newcomer, areChosen);
    return this.hashIn(slot);
  }

  /** Strays have the hashes that are theirs from now on, and keys begin with what all share. @returns whether there are any */
  private placeStrays(): boolean {
    let shared = this.beginning;
    for (let slot = 0; slot < this.pairs.length / 2; slot++) {
      if (!this.holds(slot) || this.beginsAsAll(this.keyIn(slot))) continue;
      const key = this.keyIn(slot);
      shared = sharedBeginning(shared, key);
      this.unplace(slot);
      this.rows[(slot << ROW_BITS) | HASH] = this.hashOf(key);
      this.place(slot, this.hashIn(slot));
    }
    const areThere = shared.length < this.skipped;
    if (areThere) this.skip(shared);
    return areThere;
  }

  private harden(): void {
    this.longest = -1;
    this.skip('');
    for (let slot = 0; slot < this.pairs.length / 2; slot++) {
      if (this.holds(slot)) this.rows[(slot << ROW_BITS) | HASH] = this.hashOf(this.keyIn(slot));
    }
    this.places.fill(0);
    this.placeAll();
  }

  /** Into places that are all empty. */
  private placeAll(): void {
    for (let slot = 0; slot < this.pairs.length / 2; slot++) {
      if (this.holds(slot)) this.place(slot, this.hashIn(slot));
    }
  }
}

/** As `startsWith`, of which V8 makes a loop that takes 70 instructions a character. */
const begins = (key: string, beginning: string): boolean => {
  return key.slice(0, beginning.length) === beginning;
};

function sharedBeginning(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
