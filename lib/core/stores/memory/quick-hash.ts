/** Characters read at either end of a long key. */
const READ_AT_EITHER_END = 64;

/** Of keys of more characters only either end is read. */
export const LONGEST_READ = 2 * READ_AT_EITHER_END;

/** Odd, and with no pattern in its bits: 2^32 divided by the golden ratio. */
const MULTIPLIER = 0x9e3779b1;

/**
 * A hash of a key to 32 bits, signed, in two or three nanoseconds and one more a character: two characters a
 * step, rotated, combined and multiplied, as rustc's FxHash does with words, and mixed at the end, since a
 * product's low bits know nothing of the high ones.
 *
 * Who chooses the keys can choose many of one hash, whatever the seed: a difference in the highest bit goes
 * through the product unchanged, and the next step can take it back. So it is for those who notice that, and
 * can do without: see `KeyTable`.
 */
export function quickHash(key: string, seed: number): number {
  const { length } = key;
  if (length <= LONGEST_READ) return hashOfAll(key, seed);
  const ends = key.slice(0, READ_AT_EITHER_END) + key.slice(length - READ_AT_EITHER_END);
  return hashOfAll(ends, seed ^ length);
}

/** The same for who knows that the key is not longer than `LONGEST_READ`. */
export function hashOfAll(key: string, seed: number): number {
  const { length } = key;
  let at = length & 1;
  let hash = seed ^ length;
  if (at === 1) hash ^= key.charCodeAt(0) << 16;
  for (; at < length; at += 2) {
    const word = key.charCodeAt(at) | (key.charCodeAt(at + 1) << 16);
    hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ word, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 12);
}
