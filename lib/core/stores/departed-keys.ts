import type { MissReason } from '../model/cache-result.js';

/** Why a key is not there. `absent`: nothing is known of it. */
export type WhyGone = 'absent' | 'deleted' | 'expired' | 'evicted' | 'invalidated';

/** What a reader is told: that a key was deleted is no news to those who deleted it. */
function missReasonOf(why: WhyGone): MissReason {
  return why === 'deleted' ? 'absent' : why;
}

/** The reasons by their codes: those worth remembering are the two low bits of a mark, of which 0 is an empty place. */
export const WHY_GONE: readonly WhyGone[] = [
  'deleted',
  'expired',
  'evicted',
  'invalidated',
  'absent',
];
/** What a reader is told, by the same codes. */
export const MISS_REASONS: readonly MissReason[] = WHY_GONE.map(missReasonOf);
export const EXPIRED = 1;
export const EVICTED = 2;
const INVALIDATED = 3;
export const ABSENT = 4;

const FEWEST_PLACES = 1024;
const MOST_PLACES = 65_536;

/** Places side by side in which a mark may be: those of few keys are then never in each other's way. */
const WAYS = 4;

/**
 * Why keys that are gone have gone, so that a miss can say it. A table of hashes with the reason in
 * their low bits: four bytes a place, no keys, and where its places are all taken a newer departure
 * overwrites the oldest. So an answer may be forgotten ("absent"), and once in a billion be another key's; or that of one
 * which only begins otherwise, where keys of a new beginning have just begun to be asked for: see `KeyTable`.
 */
export class DepartedKeys {
  private readonly size: number;
  private marks: Int32Array | undefined = undefined;

  /** @param entries as many as the category may hold; the table is made on the first departure */
  constructor(entries: number) {
    let size = FEWEST_PLACES;
    while (size < entries && size < MOST_PLACES) size *= 2;
    this.size = size;
  }

  /** The key of a hash has departed. */
  add(hash: number, reason: WhyGone): void {
    this.mark(hash, codeOf(reason));
  }

  /** The same by the place of the reason in `WHY_GONE`. The newest mark comes first, and those before it move up as far as the key's own older one, or else the last is out. */
  mark(hash: number, code: number): void {
    const marks = this.marks ?? this.firstMarks();
    const first = firstOf(marks, hash);
    const newest = marks[first]!;
    marks[first] = (hash & ~3) | code;
    if (((newest ^ hash) & ~3) === 0) return;
    const second = marks[first | 1]!;
    marks[first | 1] = newest;
    if (((second ^ hash) & ~3) === 0) return;
    const third = marks[first | 2]!;
    marks[first | 2] = second;
    if (((third ^ hash) & ~3) !== 0) marks[first | 3] = third;
  }

  private firstMarks(): Int32Array {
    return (this.marks = new Int32Array(this.size));
  }

  /** What a reader of the key is told. */
  missReasonFor(hash: number): MissReason {
    return MISS_REASONS[this.codeFor(hash)]!;
  }

  reasonFor(hash: number): WhyGone {
    return WHY_GONE[this.codeFor(hash)]!;
  }

  /** The same as its place in `WHY_GONE`: numbers are what a miss is counted by, a hundred times for each time it is told. */
  codeFor(hash: number): number {
    const marks = this.marks;
    if (marks === undefined) return ABSENT;
    const first = firstOf(marks, hash);
    // Written out: a loop takes half as long again.
    let mark = marks[first]!;
    if (((mark ^ hash) & ~3) !== 0) {
      mark = marks[first | 1]!;
      if (((mark ^ hash) & ~3) !== 0) {
        mark = marks[first | 2]!;
        if (((mark ^ hash) & ~3) !== 0) {
          mark = marks[first | 3]!;
          if (((mark ^ hash) & ~3) !== 0) return ABSENT;
        }
      }
    }
    return mark === 0 ? ABSENT : mark & 3;
  }

  /** A key that had gone was deleted: why it went does not matter any more. */
  forget(hash: number): void {
    if (this.reasonFor(hash) !== 'absent') this.add(hash, 'deleted');
  }

  clear(): void {
    this.marks = undefined;
  }
}

/** The first of the places of a hash: the others are found by bits, for sums may overflow, and V8 would look. */
const firstOf = (marks: Int32Array, hash: number): number => {
  return (hash >>> 2) & (marks.length - WAYS);
};

/** Its place in `WHY_GONE`: a search would cost more than the hash. */
function codeOf(reason: WhyGone): number {
  if (reason === 'evicted') return EVICTED;
  if (reason === 'expired') return EXPIRED;
  return reason === 'invalidated' ? INVALIDATED : 0;
}
