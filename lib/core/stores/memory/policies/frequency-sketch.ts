const MOST = 15;
/** Words of 32 bits in a block, of eight counters each: one line of the processor's cache. */
const BLOCK_WORDS = 16;
/** Words for each entry unless told otherwise: sixteen counters. */
const WORDS_AN_ENTRY = 2;
/** Uses counted for each entry before all counters are halved, unless told otherwise. */
const SAMPLE_AN_ENTRY = 10;
/** Entries whose uses are counted at least. */
const LEAST_SAMPLED = 8;
const ODD = 0x11111111;
const HALVED = 0x77777777;

/**
 * How often keys were used of late, for all keys ever seen, in 64 bits an entry: a count-min sketch of
 * counters to 15. A key has four of them, in four rows of one block, and its count is the least of the
 * four. When ten uses an entry have been counted all are halved, so that old fame fades.
 *
 * Cormode and Muthukrishnan, "An improved data stream summary: the count-min sketch and its
 * applications", Journal of Algorithms 55(1), 2005; the block layout is that of the Caffeine cache.
 */
export class FrequencySketch {
  private words = new Int32Array(0);
  private blockMask = 0;
  private sample = 0;
  private counted = 0;
  private readonly wordsAnEntry: number;
  private readonly sampleAnEntry: number;

  constructor(wordsAnEntry = WORDS_AN_ENTRY, sampleAnEntry = SAMPLE_AN_ENTRY) {
    this.wordsAnEntry = wordsAnEntry;
    this.sampleAnEntry = sampleAnEntry;
  }

  /** Makes room for so many entries; what was counted stays counted. Never shrinks. */
  resize(entries: number, sampled = entries): void {
    this.sample = this.sampleAnEntry * Math.max(sampled, LEAST_SAMPLED);
    let length = BLOCK_WORDS;
    while (length < this.wordsAnEntry * entries) length *= 2;
    if (length <= this.words.length) return;
    const words = new Int32Array(length);
    // A key's block is the same in each copy, so whichever its longer mask chooses knows its count.
    for (let at = 0; this.words.length > 0 && at < length; at += this.words.length) {
      words.set(this.words, at);
    }
    this.words = words;
    this.blockMask = length / BLOCK_WORDS - 1;
  }

  /** 0 to 15. The four rows are written out, here and below: a loop takes half as long again. */
  count(hash: number): number {
    const words = this.words;
    const block = (hash & this.blockMask) * BLOCK_WORDS;
    const places = spread(hash);
    let least = (words[block + (places & 3)]! >>> (places & 28)) & MOST;
    const second = (words[block + 4 + ((places >>> 5) & 3)]! >>> ((places >>> 5) & 28)) & MOST;
    if (second < least) least = second;
    const third = (words[block + 8 + ((places >>> 10) & 3)]! >>> ((places >>> 10) & 28)) & MOST;
    if (third < least) least = third;
    const fourth = (words[block + 12 + ((places >>> 15) & 3)]! >>> ((places >>> 15) & 28)) & MOST;
    return fourth < least ? fourth : least;
  }

  /** One use more. */
  increment(hash: number): void {
    const block = (hash & this.blockMask) * BLOCK_WORDS;
    const places = spread(hash);
    const first = this.bump(block + (places & 3), places & 28);
    const second = this.bump(block + 4 + ((places >>> 5) & 3), (places >>> 5) & 28);
    const third = this.bump(block + 8 + ((places >>> 10) & 3), (places >>> 10) & 28);
    const fourth = this.bump(block + 12 + ((places >>> 15) & 3), (places >>> 15) & 28);
    this.counted += first | second | third | fourth;
    if (this.counted >= this.sample) this.age();
  }

  /** So many uses more. */
  add(hash: number, uses: number): void {
    const words = this.words;
    const block = (hash & this.blockMask) * BLOCK_WORDS;
    let places = spread(hash);
    let added = 0;
    for (let row = block; row < block + BLOCK_WORDS; row += 4) {
      const at = row + (places & 3);
      const shift = places & 28;
      const word = words[at]!;
      const room = MOST - ((word >>> shift) & MOST);
      const more = uses < room ? uses : room;
      words[at] = (word + (more << shift)) | 0;
      if (more > added) added = more;
      places >>>= 5;
    }
    this.counted += added;
    if (this.counted >= this.sample) this.age();
  }

  clear(): void {
    this.words.fill(0);
    this.counted = 0;
  }

  /** @returns how much the counter has grown, unless it is as high as it goes */
  private bump(at: number, shift: number): 0 | 1 {
    const word = this.words[at]!;
    if (((word >>> shift) & MOST) === MOST) return 0;
    this.words[at] = (word + (1 << shift)) | 0;
    return 1;
  }

  private age(): void {
    const words = this.words;
    let odd = 0;
    for (let at = 0; at < words.length; at++) {
      const word = words[at]!;
      // The product's highest digit is the sum of all digits: they are 0 or 1, and eight.
      odd += Math.imul(word & ODD, ODD) >>> 28;
      words[at] = (word >>> 1) & HALVED;
    }
    // Four counters a use, and the halves that were cut off.
    this.counted = (this.counted - (odd >>> 2)) >>> 1;
  }
}

/** Twenty bits for the four rows: word and counter of each. The block is chosen by other bits. */
const spread = (hash: number): number => {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
};
