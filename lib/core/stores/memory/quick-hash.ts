/** Characters read at either end of a long key. */
const READ_AT_EITHER_END = 64;

/** Of keys of more characters only either end is read. */
export const LONGEST_READ = 2 * READ_AT_EITHER_END;

/** Odd, and so small that 32 bits times it are exact in a number of JavaScript: 2^21 divided by the golden ratio. */
export const MULTIPLIER = 0x13c6ef;
const LAST_MULTIPLIER = 0x1b3c6d;

/**
 * A hash of a key to 32 bits, signed, in two nanoseconds and one more a character: each is combined and the whole
 * multiplied, as FNV-1a does (Fowler, Noll and Vo, 1991), and all is mixed at the end, since a product's low bits
 * know nothing of the high ones.
 *
 * Who knows the seed can choose many keys of one hash. So it is for those who notice that, and can do without: see
 * `KeyTable`.
 */
export function quickHash(key: string, seed: number): number {
  const { length } = key;
  if (length <= LONGEST_READ) return hashOfAll(key, seed);
  const ends = key.slice(0, READ_AT_EITHER_END) + key.slice(length - READ_AT_EITHER_END);
  // Spread, or the first character could make up for another length.
  return hashOfAll(ends, seed ^ Math.imul(length, MULTIPLIER));
}

/**
 * The same for who knows that the key is not longer than `LONGEST_READ`. Short in bytecode, of
 * which V8 inlines so much and no more: two characters a step, by `Math.imul`, take twice as much.
 */
export function hashOfAll(key: string, seed: number): number {
  const length = key.length;
  let hash = seed ^ length;
  for (let at = 0; at < length; at++) hash = ((hash ^ key.charCodeAt(at)) * MULTIPLIER) | 0;
  hash = ((hash ^ (hash >>> 15)) * LAST_MULTIPLIER) | 0;
  return hash ^ (hash >>> 12);
}
