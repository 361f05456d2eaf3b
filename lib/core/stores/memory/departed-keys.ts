import type { MissReason } from '../../model/cache-result.js';
import { hashString } from '../../primitives/string-hash.js';
import { grown } from './grown-column.js';

/** Why a key is not there. `absent`: nothing is known of it. */
export type WhyGone = 'absent' | 'deleted' | 'expired' | 'evicted' | 'invalidated';

/** What a reader is told: that a key was deleted is no news to those who deleted it. */
export function missReasonOf(why: WhyGone): MissReason {
  return why === 'deleted' ? 'absent' : why;
}

/** Reasons worth remembering, as the two low bits of a mark; 0 is an empty place. */
const REASONS: readonly WhyGone[] = ['deleted', 'expired', 'evicted', 'invalidated'];

const MOST_PLACES = 65_536;

/** In a hash that is kept for a slot, in the place of a reason: there is one. */
const KNOWN = 1;

/**
 * Why keys that are gone have gone, so that a miss can say it. A table of hashes with the reason in
 * their low bits: four bytes a place, no keys, and a newer departure overwrites an older one in its
 * place. So an answer may be forgotten ("absent"), and once in a billion be another key's.
 *
 * A key that missed is hashed then; if it comes, its hash is kept for its slot, and made again neither
 * when it departs nor read from a key that nobody has looked at for long.
 */
export class DepartedKeys {
  readonly #size: number;
  #marks: Int32Array | undefined;
  /** Of the keys in the slots, as far as they are known: of those that came after the first departure. */
  #hashes = new Int32Array(0);
  #slots = 0;
  /** The key that was asked for last, and its hash. */
  #asked: string | undefined;
  #askedHash = 0;

  /** @param entries as many as the category may hold; the table is made on the first departure */
  constructor(entries: number) {
    let size = 64;
    while (size < entries && size < MOST_PLACES) size *= 2;
    this.#size = size;
  }

  /** Makes room for so many slots. */
  resize(slots: number): void {
    this.#slots = slots;
    if (this.#hashes.length > 0) this.#hashes = grown(this.#hashes, new Int32Array(slots));
  }

  /** A key has come into a slot. */
  arrived(slot: number, key: string): void {
    if (this.#marks === undefined) return;
    if (this.#hashes.length === 0) this.#hashes = new Int32Array(this.#slots);
    this.#hashes[slot] = key === this.#asked ? this.#askedHash | KNOWN : 0;
  }

  /** The key in a slot has departed. */
  departed(slot: number, key: string, reason: WhyGone): void {
    const known = this.#hashes[slot] ?? 0;
    this.#mark(known === 0 ? hashString(key) : known, reason);
  }

  add(key: string, reason: WhyGone): void {
    this.#mark(hashString(key), reason);
  }

  reasonFor(key: string): WhyGone {
    // A key that is no string comes this far before its caller refuses it: hits pay no check.
    if (this.#marks === undefined || typeof key !== 'string') return 'absent';
    const hash = hashString(key);
    this.#asked = key;
    this.#askedHash = hash;
    const mark = this.#marks[(hash >>> 2) & (this.#size - 1)]!;
    return mark >>> 2 === hash >>> 2 ? REASONS[mark & 3]! : 'absent';
  }

  /** A key that had gone was deleted: why it went does not matter any more. */
  forget(key: string): void {
    if (this.reasonFor(key) !== 'absent') this.add(key, 'deleted');
  }

  clear(): void {
    this.#marks = undefined;
    this.#hashes = new Int32Array(0);
  }

  #mark(hash: number, reason: WhyGone): void {
    const marks = (this.#marks ??= new Int32Array(this.#size));
    marks[(hash >>> 2) & (this.#size - 1)] = (hash & ~3) | codeOf(reason);
  }
}

/** Its place in `REASONS`: a search would cost more than the hash. */
function codeOf(reason: WhyGone): number {
  if (reason === 'evicted') return 2;
  if (reason === 'expired') return 1;
  return reason === 'invalidated' ? 3 : 0;
}
