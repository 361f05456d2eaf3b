import { describe, expect, it } from '@jest/globals';
import { KeyHash } from '../../../lib/core/primitives/key-hash.js';
import { seededRandom } from '../../../lib/integrations/testing/seeded-random.js';

const KEY = new KeyHash(0x12345678, 0x9abcdef0);

/** HalfSipHash-1-3 as its authors' `halfsiphash.c` has it, step by step, over words. */
function halfSipHash(words: readonly number[], k0: number, k1: number): number {
  const v = Uint32Array.of(k0, k1, 0x6c796765 ^ k0, 0x74656462 ^ k1);
  const turn = (at: number, bits: number): void => {
    v[at] = (v[at]! << bits) | (v[at]! >>> (32 - bits));
  };
  const add = (to: number, from: number): void => {
    v[to]! += v[from]!;
  };
  const mix = (to: number, from: number): void => {
    v[to]! ^= v[from]!;
  };
  const round = (): void => {
    for (const [one, other, bits] of [
      [0, 1, 5],
      [2, 3, 8],
    ] as const) {
      add(one, other);
      turn(other, bits);
      mix(other, one);
      if (one === 0) turn(0, 16);
    }
    add(0, 3);
    turn(3, 7);
    mix(3, 0);
    add(2, 1);
    turn(1, 13);
    mix(1, 2);
    turn(2, 16);
  };
  for (const word of words) {
    v[3]! ^= word;
    round();
    v[0]! ^= word;
  }
  v[2]! ^= 0xff;
  for (let last = 0; last < 3; last++) round();
  return (v[1]! ^ v[3]!) >>> 0;
}

/** Two characters a word; the last has the odd one, if there is one, and the length. */
function wordsOf(key: string): number[] {
  const codes = Array.from({ length: key.length }, (_, at) => key.charCodeAt(at));
  const words: number[] = [];
  for (let at = 0; at + 1 < codes.length; at += 2) words.push(codes[at]! | (codes[at + 1]! << 16));
  return [...words, (codes.length % 2 === 1 ? codes.at(-1)! : 0) ^ (codes.length << 16)];
}

describe('The hash of a key', () => {
  it('is HalfSipHash-1-3 of its characters', () => {
    const random = seededRandom(21);
    for (let length = 0; length < 70; length++) {
      for (const widest of [0x80, 0x10000]) {
        const codes = Array.from({ length }, () => random(widest));
        const key = String.fromCharCode(...codes);
        expect(KEY.of(key)).toBe(halfSipHash(wordsOf(key), 0x12345678, 0x9abcdef0));
      }
    }
  });

  it('is 32 bits, unsigned, and the same each time', () => {
    for (const text of ['', 'a', 'user:42', '\u{1f600}', 'x'.repeat(100_000)]) {
      const hash = KEY.of(text);
      expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32).toBe(true);
      expect(KEY.of(text)).toBe(hash);
    }
  });

  it('reads the whole key: long keys that differ in one character anywhere differ', () => {
    const hashes = new Set<number>();
    for (let at = 0; at < 1000; at++)
      hashes.add(KEY.of('x'.repeat(at) + 'y' + 'x'.repeat(999 - at)));
    expect(hashes.size).toBe(1000);
  });

  it('tells lengths apart, also of keys that end in zeros', () => {
    const hashes = new Set<number>();
    for (let length = 0; length < 1000; length++) hashes.add(KEY.of('\0'.repeat(length)));
    expect(hashes.size).toBe(1000);
  });

  it('fills a table evenly with keys that count up', () => {
    const places = new Uint32Array(256);
    for (let key = 0; key < 256 * 100; key++) places[KEY.of(`user:${key}`) & 255]!++;
    expect(Math.max(...places)).toBeLessThan(160);
    expect(Math.min(...places)).toBeGreaterThan(50);
  });

  it('is another under another secret: keys that collide under one do not under the next', () => {
    const byHash = new Map<number, string[]>();
    for (let key = 0; key < 200_000; key++) {
      const hash = KEY.of(`k${key}`) & 0xffff;
      byHash.set(hash, [...(byHash.get(hash) ?? []).slice(0, 3), `k${key}`]);
    }
    const other = new KeyHash(0x12345678, 0x9abcdef1);
    let collide = 0;
    for (const keys of byHash.values()) {
      if (new Set(keys.map((key) => other.of(key) & 0xffff)).size < keys.length) collide++;
    }
    expect(byHash.size).toBeGreaterThan(50_000);
    expect(collide).toBeLessThan(100);
  });

  it('has a secret of its own in every process', () => {
    expect(KeyHash.random().of('key')).not.toBe(KeyHash.random().of('key'));
  });
});
