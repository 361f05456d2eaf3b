import type { MissReason } from '../../model/cache-result.js';

/** Why a key is not there. `absent`: nothing is known of it. */
export type WhyGone = 'absent' | 'deleted' | 'expired' | 'evicted' | 'invalidated';

/** What a reader is told: that a key was deleted is no news to those who deleted it. */
export function missReasonOf(why: WhyGone): MissReason {
  return why === 'deleted' ? 'absent' : why;
}

/** Reasons worth remembering, as the two low bits of a mark; 0 is an empty place. */
const REASONS: readonly WhyGone[] = ['deleted', 'expired', 'evicted', 'invalidated'];

const MOST_PLACES = 65_536;

/**
 * Why keys that are gone have gone, so that a miss can say it. A table of hashes with the reason in
 * their low bits: four bytes a place, no keys, and a newer departure overwrites an older one in its
 * place. So an answer may be forgotten ("absent"), and once in a billion be another key's.
 */
export class DepartedKeys {
  readonly #size: number;
  #marks: Int32Array | undefined;

  /** @param entries as many as the category may hold; the table is made on the first departure */
  constructor(entries: number) {
    let size = 64;
    while (size < entries && size < MOST_PLACES) size *= 2;
    this.#size = size;
  }

  /** The key of a hash has departed. */
  add(hash: number, reason: WhyGone): void {
    const marks = (this.#marks ??= new Int32Array(this.#size));
    marks[(hash >>> 2) & (this.#size - 1)] = (hash & ~3) | codeOf(reason);
  }

  reasonFor(hash: number): WhyGone {
    if (this.#marks === undefined) return 'absent';
    const mark = this.#marks[(hash >>> 2) & (this.#size - 1)]!;
    return mark >>> 2 === hash >>> 2 ? REASONS[mark & 3]! : 'absent';
  }

  /** A key that had gone was deleted: why it went does not matter any more. */
  forget(hash: number): void {
    if (this.reasonFor(hash) !== 'absent') this.add(hash, 'deleted');
  }

  clear(): void {
    this.#marks = undefined;
  }
}

/** Its place in `REASONS`: a search would cost more than the hash. */
function codeOf(reason: WhyGone): number {
  if (reason === 'evicted') return 2;
  if (reason === 'expired') return 1;
  return reason === 'invalidated' ? 3 : 0;
}
