import {
  endOfLong,
  hashFrom,
  LONGEST_READ,
  READ_AT_EITHER_END,
  stateAfter,
  stateAfterDigits,
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
  /** Keys of longer texts are found as any other; all are where more is around a text than is read of a long key. */
  private readonly longest: number;
  private readonly seed: number;
  private readonly before: (length: number) => string;
  private readonly after: string;
  /** By length of the text: the state of the quick hash that it begins in, 0 as long as nobody asked. */
  private readonly states = new Int32Array(LONGEST_TEXT + 1);
  /** By length of the text: characters read of its beginning, which are all unless the key is a long one. */
  private readonly heads = new Uint8Array(LONGEST_TEXT + 1);

  /**
   * @param seed of the quick hash
   * @param before what is before a text of so many characters, no less than before a shorter one
   * @param after what is behind it
   */
  constructor(seed: number, before: (length: number) => string, after: string) {
    this.seed = seed;
    this.before = before;
    this.after = after;
    const isRead = Math.max(before(LONGEST_TEXT).length, after.length) <= READ_AT_EITHER_END;
    this.longest = isRead ? LONGEST_TEXT : -1;
  }

  covers(text: string): boolean {
    return text.length <= this.longest;
  }

  /** The quick hash of the key with a text that is covered. */
  hashOf(text: string): number {
    const { after } = this;
    const { length } = text;
    let state = this.states[length]!;
    if (state === 0) state = this.begin(length);
    const head = this.heads[length]!;
    state = stateAfter(text, 0, head, state);
    if (head === length) return hashFrom(after, 0, state);
    state = stateAfter(text, length - (READ_AT_EITHER_END - after.length), length, state);
    state = stateAfter(after, 0, after.length, state);
    return endOfLong(this.before(length).length + length + after.length, state);
  }

  private begin(length: number): number {
    const before = this.before(length);
    const isLong = before.length + length + this.after.length > LONGEST_READ;
    this.heads[length] = isLong ? READ_AT_EITHER_END - before.length : length;
    return (this.states[length] = stateAfter(before, 0, before.length, this.seed));
  }
}

/** Of so many digits an integer is small to V8, and is told from a longer one at once. */
const MOST_DIGITS = 9;

/** Keys that differ in a positive integer of up to nine digits, as `String` writes it. */
export class NumberFamily {
  private readonly after: string;
  /** The state of the quick hash that the digits begin in. */
  private readonly state: number;
  private readonly end: number;

  /**
   * @param seed of the quick hash
   * @param before what is before the number
   * @param after what is behind it
   */
  constructor(seed: number, before: string, after: string) {
    this.after = after;
    this.state = stateAfter(before, 0, before.length, seed);
    const isRead = before.length + MOST_DIGITS + after.length <= LONGEST_READ;
    this.end = isRead ? 10 ** MOST_DIGITS : 0;
  }

  covers(value: number): boolean {
    return value > 0 && value < this.end && (value | 0) === value;
  }

  /** The quick hash of the key with a number that is covered. */
  hashOf(value: number): number {
    return hashFrom(this.after, 0, stateAfterDigits(value, this.state));
  }
}
