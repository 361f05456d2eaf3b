/** Characters read at either end of a long key. */
export const READ_AT_EITHER_END = 64;

/** Of keys of more characters only either end is read. */
export const LONGEST_READ = 2 * READ_AT_EITHER_END;

/** Odd, and so small that 32 bits times it are exact in a number of JavaScript: 2^21 divided by the golden ratio. */
export const MULTIPLIER = 0x13c6ef;
const LAST_MULTIPLIER = 0x1b3c6d;

const ZERO = '0'.charCodeAt(0);

/**
 * A hash of a key to 32 bits, signed, in two nanoseconds and one more a character: each is combined and the whole
 * multiplied, as FNV-1a does (Fowler, Noll and Vo, 1991), and all is mixed at the end, since a product's low bits
 * know nothing of the high ones. So who knows the state behind what a key begins with (`stateAfter`) need not read that again.
 *
 * Who knows the seed can choose many keys of one hash. So it is for those who notice that, and can do without: see
 * `KeyTable`.
 */
export function quickHash(key: string, seed: number): number {
  const { length } = key;
  if (length <= LONGEST_READ) return hashFrom(key, 0, seed);
  const state = stateAfter(key, 0, READ_AT_EITHER_END, seed);
  const end = stateAfter(key, length - READ_AT_EITHER_END, length, state);
  // Its length spread, or its last character could make up for another one.
  return endOf(end ^ Math.imul(length, MULTIPLIER));
}

/**
 * The same for who knows that the key is not longer than `LONGEST_READ`, from a character on, with the state of the hash
 * before it. Short in bytecode, of which V8 inlines so much and no more: two characters a step, by `Math.imul`, take
 * twice as much. A constant, as those below: V8 asks at each use whether a function that was declared is still the same.
 */
export const hashFrom = (key: string, from: number, state: number): number => {
  for (let at = from; at < key.length; at++) {
    state = ((state ^ key.charCodeAt(at)) * MULTIPLIER) | 0;
  }
  return endOf(state);
};

/** The state of the hash after some characters of a key more. */
export const stateAfter = (key: string, from: number, to: number, state: number): number => {
  for (let at = from; at < to; at++) state = ((state ^ key.charCodeAt(at)) * MULTIPLIER) | 0;
  return state;
};

/** The same after one character more. */
export const stepped = (state: number, character: number): number => {
  return ((state ^ character) * MULTIPLIER) | 0;
};

/** The same after the digits of a positive integer. */
export function stateAfterDigits(value: number, state: number): number {
  let power = 1;
  while (power * 10 <= value) power *= 10;
  for (let rest = value; power >= 1; power = (power / 10) | 0) {
    const digit = (rest / power) | 0;
    rest = (rest - digit * power) | 0;
    state = stepped(state, ZERO + digit);
  }
  return state;
}

/** The hash of a key of no more characters, which come to a state. */
export const endOf = (state: number): number => {
  const hash = ((state ^ (state >>> 15)) * LAST_MULTIPLIER) | 0;
  return hash ^ (hash >>> 12);
};
