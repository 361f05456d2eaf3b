import {
  endOf,
  LONGEST_READ,
  quickHash,
  READ_AT_EITHER_END,
  stateAfter,
  stateAfterDigits,
  stepped,
} from './quick-hash.js';

/**
 * Keys that differ in one value alone, as those of a function's calls with one short argument do. Such a key is found by its value
 * (`KeyTable.findNoted`): it need not be put together, nor is hashed what all of them have in common.
 */
export type KeyFamily = TextFamily | NumberFamily;

/** Longer texts are not worth keeping beside the keys that they are in. */
const LONGEST_TEXT = 128;

/** Keys that differ in a text, on whose length may depend what is before it. */
export class TextFamily {
  /** Keys of longer texts are found as any other; all are where more is before a text than is read of a long key. */
  private readonly longest: number;
  private readonly seed: number;
  private readonly before: (length: number) => string;
  private readonly after: number;
  /** By length of the text: the state of the quick hash that it begins in; 0: nobody asked, or the key is a long one. */
  private readonly states = new Int32Array(LONGEST_TEXT + 1);

  /**
   * @param seed of the quick hash
   * @param before what is before a text of so many characters, no less than before a shorter one
   * @param after the one character behind it
   */
  constructor(seed: number, before: (length: number) => string, after: string) {
    this.seed = seed;
    this.before = before;
    this.after = after.charCodeAt(0);
    this.longest = before(LONGEST_TEXT).length <= READ_AT_EITHER_END ? LONGEST_TEXT : -1;
  }

  covers(text: string): boolean {
    return text.length <= this.longest;
  }

  /** The quick hash of the key with a text that is covered. Inlined where a hit is made, and so without what is rare. */
  hashOf(text: string): number {
    const state = this.states[text.length]!;
    if (state === 0) return this.hashAtLength(text);
    return endOf(stepped(stateAfter(text, 0, text.length, state), this.after));
  }

  /** By the key itself: a long one, or the first of its length. */
  private hashAtLength(text: string): number {
    const before = this.before(text.length);
    const key = before + text + String.fromCharCode(this.after);
    if (key.length <= LONGEST_READ) {
      this.states[text.length] = stateAfter(before, 0, before.length, this.seed);
    }
    return quickHash(key, this.seed);
  }
}

/** Of so many digits an integer is small to V8, and is told from a longer one at once. */
const MOST_DIGITS = 9;

/** Keys that differ in a positive integer of up to nine digits, as `String` writes it. */
export class NumberFamily {
  private readonly after: number;
  /** The state of the quick hash that the digits begin in. */
  private readonly state: number;
  private readonly end: number;

  /**
   * @param seed of the quick hash
   * @param before what is before the number
   * @param after the one character behind it
   */
  constructor(seed: number, before: string, after: string) {
    this.after = after.charCodeAt(0);
    this.state = stateAfter(before, 0, before.length, seed);
    this.end = before.length + MOST_DIGITS + 1 <= LONGEST_READ ? 10 ** MOST_DIGITS : 0;
  }

  covers(value: number): boolean {
    return value > 0 && value < this.end && (value | 0) === value;
  }

  /** The quick hash of the key with a number that is covered. */
  hashOf(value: number): number {
    return endOf(stepped(stateAfterDigits(value, this.state), this.after));
  }
}
