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

/** Places from its own on in which a mark may be: those of few keys are then never in each other's way. */
const NEAR = 4;

/**
 * Why keys that are gone have gone, so that a miss can say it. A table of hashes with the reason in
 * their low bits: four bytes a place, no keys, and where there is no room near its own place a newer departure
 * overwrites an older one there. So an answer may be forgotten ("absent"), and once in a billion be another key's.
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
    const place = this.#placeOf(marks, hash);
    marks[place < 0 ? (hash >>> 2) & (this.#size - 1) : place] = (hash & ~3) | codeOf(reason);
  }

  reasonFor(hash: number): WhyGone {
    const marks = this.#marks;
    if (marks === undefined) return 'absent';
    const place = this.#placeOf(marks, hash);
    return place < 0 || marks[place] === 0 ? 'absent' : REASONS[marks[place]! & 3]!;
  }

  /** A key that had gone was deleted: why it went does not matter any more. */
  forget(hash: number): void {
    if (this.reasonFor(hash) !== 'absent') this.add(hash, 'deleted');
  }

  clear(): void {
    this.#marks = undefined;
  }

  /** Where its mark is, or an empty place in which it may be; -1 if others have them all. */
  #placeOf(marks: Int32Array, hash: number): number {
    const home = hash >>> 2;
    for (let place = home; place < home + NEAR; place++) {
      const mark = marks[place & (this.#size - 1)]!;
      if (mark === 0 || mark >>> 2 === home) return place & (this.#size - 1);
    }
    return -1;
  }
}

/** Its place in `REASONS`: a search would cost more than the hash. */
function codeOf(reason: WhyGone): number {
  if (reason === 'evicted') return 2;
  if (reason === 'expired') return 1;
  return reason === 'invalidated' ? 3 : 0;
}
