import type { MissReason } from '../model/cache-result.js';

/** Why a key is not there. `absent`: nothing is known of it. */
export type WhyGone = 'absent' | 'deleted' | 'expired' | 'evicted' | 'invalidated';

/** What a reader is told: that a key was deleted is no news to those who deleted it. */
export function missReasonOf(why: WhyGone): MissReason {
  return why === 'deleted' ? 'absent' : why;
}

/** Reasons worth remembering, as the two low bits of a mark; 0 is an empty place. */
const REASONS: readonly WhyGone[] = ['deleted', 'expired', 'evicted', 'invalidated'];

const FEWEST_PLACES = 1024;
const MOST_PLACES = 65_536;

/** Places side by side in which a mark may be: those of few keys are then never in each other's way. */
const WAYS = 4;

/**
 * Why keys that are gone have gone, so that a miss can say it. A table of hashes with the reason in
 * their low bits: four bytes a place, no keys, and where its places are all taken a newer departure
 * overwrites an older one. So an answer may be forgotten ("absent"), and once in a billion be another key's.
 */
export class DepartedKeys {
  readonly #size: number;
  #marks: Int32Array | undefined;

  /** @param entries as many as the category may hold; the table is made on the first departure */
  constructor(entries: number) {
    let size = FEWEST_PLACES;
    while (size < entries && size < MOST_PLACES) size *= 2;
    this.#size = size;
  }

  /** The key of a hash has departed. */
  add(hash: number, reason: WhyGone): void {
    const marks = (this.#marks ??= new Int32Array(this.#size));
    const place = placeOf(marks, hash);
    marks[place < 0 ? firstOf(marks, hash) : place] = (hash & ~3) | codeOf(reason);
  }

  reasonFor(hash: number): WhyGone {
    const marks = this.#marks;
    if (marks === undefined) return 'absent';
    const place = placeOf(marks, hash);
    return place < 0 || marks[place] === 0 ? 'absent' : REASONS[marks[place]! & 3]!;
  }

  /** A key that had gone was deleted: why it went does not matter any more. */
  forget(hash: number): void {
    if (this.reasonFor(hash) !== 'absent') this.add(hash, 'deleted');
  }

  clear(): void {
    this.#marks = undefined;
  }
}

/** Where its mark is, or an empty place for it; -1 if others have them all. */
function placeOf(marks: Int32Array, hash: number): number {
  const first = firstOf(marks, hash);
  for (let place = first; place < first + WAYS; place++) {
    const mark = marks[place]!;
    if (mark === 0 || ((mark ^ hash) & ~3) === 0) return place;
  }
  return -1;
}

/** The first of the places of a hash. */
function firstOf(marks: Int32Array, hash: number): number {
  return (hash >>> 2) & (marks.length - WAYS);
}

/** Its place in `REASONS`: a search would cost more than the hash. */
function codeOf(reason: WhyGone): number {
  if (reason === 'evicted') return 2;
  if (reason === 'expired') return 1;
  return reason === 'invalidated' ? 3 : 0;
}
