import { randomBytes } from 'node:crypto';

/**
 * A secret of 64 bits under which keys are hashed to 32: HalfSipHash-1-3 over the whole key, two
 * characters a word. Who chooses the keys cannot choose their hashes, which an unkeyed hash, and a
 * keyed one as weak as FNV or Murmur, would let him: a table of hashes could then be filled with lies.
 *
 * Aumasson and Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012.
 */
export class KeyHash {
  readonly #first: number;
  readonly #second: number;

  /** The halves of the secret; only tests know them. */
  constructor(first: number, second: number) {
    this.#first = first | 0;
    this.#second = second | 0;
  }

  static random(): KeyHash {
    const secret = randomBytes(8);
    return new KeyHash(secret.readInt32LE(0), secret.readInt32LE(4));
  }

  /** Unsigned. */
  of(key: string): number {
    const length = key.length;
    let a = this.#first;
    let b = this.#second;
    let c = a ^ 0x6c796765;
    let d = b ^ 0x74656462;
    // The last word has the odd character and the length, as the paper's last word has its bytes.
    for (let at = 0, more = true; more; at += 2) {
      more = at + 1 < length;
      const low = at < length ? key.charCodeAt(at) : 0;
      const word = more ? low | (key.charCodeAt(at + 1) << 16) : low ^ (length << 16);
      d ^= word;
      a = (a + b) | 0;
      c = (c + d) | 0;
      b = ((b << 5) | (b >>> 27)) ^ a;
      d = ((d << 8) | (d >>> 24)) ^ c;
      a = (((a << 16) | (a >>> 16)) + d) | 0;
      c = (c + b) | 0;
      d = ((d << 7) | (d >>> 25)) ^ a;
      b = ((b << 13) | (b >>> 19)) ^ c;
      c = (c << 16) | (c >>> 16);
      a ^= word;
    }
    c ^= 0xff;
    for (let round = 0; round < 3; round++) {
      a = (a + b) | 0;
      c = (c + d) | 0;
      b = ((b << 5) | (b >>> 27)) ^ a;
      d = ((d << 8) | (d >>> 24)) ^ c;
      a = (((a << 16) | (a >>> 16)) + d) | 0;
      c = (c + b) | 0;
      d = ((d << 7) | (d >>> 25)) ^ a;
      b = ((b << 13) | (b >>> 19)) ^ c;
      c = (c << 16) | (c >>> 16);
    }
    return (b ^ d) >>> 0;
  }
}

/** The one that this process hashes under, unless a test gives its own. */
export const PROCESS_HASH = KeyHash.random();
