import { NO_INTS } from '../grown-column.js';

/** No more uses of a key are counted. */
const MOST_USES = 15;
/** Words of 32 bits in a block, of eight counters each: one line of the processor's cache. */
const BLOCK_BITS = 4;
const BLOCK_WORDS = 1 << BLOCK_BITS;
/** Words for each entry: sixteen counters. */
const WORDS_AN_ENTRY = 2;
/** Uses counted for each entry before all counters are halved. */
const SAMPLE_AN_ENTRY = 10;
/** Entries whose uses are counted at least. */
const LEAST_SAMPLED = 8;
/** Words halved in one go, a fraction of a millisecond: all of a sketch for 32,000 entries. Larger ones take several uses for it. */
const HALVED_AT_ONCE = 65_536;
const ODD = 0x11111111;
const HALVED = 0x77777777;
const PAIRED = 0x0f0f0f0f;
const BYTES = 0x01010101;

/**
 * How often keys were used of late, for all keys ever seen, in 64 bits an entry: a count-min sketch of
 * counters to 15. A key has three of them, in three parts of one block, half of it and two quarters, and its
 * count is the least of the three. When ten uses an entry have been counted all are halved, so that old fame fades; in a large
 * sketch some at each of the uses that follow, so that none of them holds the event loop.
 *
 * Cormode and Muthukrishnan, "An improved data stream summary: the count-min sketch and its
 * applications", Journal of Algorithms 55(1), 2005; the block layout is that of the Caffeine cache.
 */
export class FrequencySketch {
  private words = NO_INTS;
  private blockMask = 0;
  private sample = 0;
  private counted = 0;
  /** Words halved so far, while they are. */
  private halvedTo = 0;
  /** Counters that were odd among them. */
  private odd = 0;

  /** Makes room for so many entries; what was counted stays counted. Never shrinks. */
  resize(entries: number, sampled = entries): void {
    this.sample = SAMPLE_AN_ENTRY * Math.max(sampled, LEAST_SAMPLED);
    let length = BLOCK_WORDS;
    while (length < WORDS_AN_ENTRY * entries) length *= 2;
    if (length <= this.words.length) return;
    while (this.halvedTo > 0) this.age();
    const words = inLines(length);
    // A key's block is the same in each copy, so whichever its longer mask chooses knows its count.
    for (let at = 0; this.words.length > 0 && at < length; at += this.words.length) {
      words.set(this.words, at);
    }
    this.words = words;
    this.blockMask = length / BLOCK_WORDS - 1;
  }

  /** 0 to 15. */
  count(hash: number): number {
    const words = this.words;
    const block = (hash & this.blockMask) << BLOCK_BITS;
    const places = spread(hash);
    let first = (words[block | (places & 7)]! >>> ((places >>> 1) & 28)) & MOST_USES;
    const second = (words[block | 8 | ((places >>> 6) & 3)]! >>> ((places >>> 6) & 28)) & MOST_USES;
    if (second < first) first = second;
    const third =
      (words[block | 12 | ((places >>> 11) & 3)]! >>> ((places >>> 11) & 28)) & MOST_USES;
    return third < first ? third : first;
  }

  /** One use more. */
  increment(hash: number): void {
    const words = this.words;
    const block = (hash & this.blockMask) << BLOCK_BITS;
    const places = spread(hash);
    const first = bump(words, block | (places & 7), (places >>> 1) & 28);
    const second = bump(words, block | 8 | ((places >>> 6) & 3), (places >>> 6) & 28);
    const third = bump(words, block | 12 | ((places >>> 11) & 3), (places >>> 11) & 28);
    if (first === true || second === true || third === true) this.counted++;
    if (this.counted >= this.sample) this.age();
  }

  clear(): void {
    this.words.fill(0);
    this.counted = this.halvedTo = this.odd = 0;
  }

  /** Halves all counters, or some more of them. */
  private age(): void {
    const words = this.words;
    const to = Math.min(this.halvedTo + HALVED_AT_ONCE, words.length);
    let odd = this.odd;
    for (let at = this.halvedTo; at < to; at += 4) {
      const ones = halved(words, at) + halved(words, at | 1) + halved(words, at | 2);
      // Each digit is four at most, and there are eight: the sum of two stands in a byte, and that of all bytes in the highest one.
      const sums = ones + halved(words, at | 3);
      odd += Math.imul((sums & PAIRED) + ((sums >>> 4) & PAIRED), BYTES) >>> 24;
    }
    this.odd = odd;
    this.halvedTo = to;
    if (to === words.length) this.aged();
  }

  private aged(): void {
    // Three counters a use, and the halves that were cut off.
    // What was copied when the sketch grew stands for more than was counted.
    this.counted = Math.max(0, this.counted - ((this.odd / 3) | 0)) >>> 1;
    this.halvedTo = this.odd = 0;
  }
}

/** Sixteen bits for the three places: word and counter of each. The block is chosen by the low bits, which say nothing of these. */
const spread = (hash: number): number => Math.imul(hash ^ (hash >>> 16), 0x9e3779b1) >>> 16;

/** One more in the counter at a place. False: it is as high as it goes. */
const bump = (words: Int32Array, at: number, shift: number): boolean => {
  const word = words[at]!;
  if (((word >>> shift) & MOST_USES) === MOST_USES) return false;
  words[at] = (word + (1 << shift)) | 0;
  return true;
};

/** Halves the counters of a word. @returns ones where they were odd */
const halved = (words: Int32Array, at: number): number => {
  const word = words[at]!;
  words[at] = (word >>> 1) & HALVED;
  return word & ODD;
};

/**
 * So many words, of which those of a block are in one line of the processor's cache where memory comes from glibc: what
 * is large begins 16 bytes behind a page there. Elsewhere it costs nothing.
 */
function inLines(length: number): Int32Array<ArrayBuffer> {
  const ahead = 48;
  const { BYTES_PER_ELEMENT } = Int32Array;
  return new Int32Array(new ArrayBuffer(ahead + BYTES_PER_ELEMENT * length), ahead, length);
}
