import { describe, expect, it } from '@jest/globals';
import { quickHash } from '../../../../lib/core/stores/memory/quick-hash.js';
import { alikeKeys } from '../../../contract/models/alike-keys.js';

const SEEDS = [0, 1, -1, 0x1234_5678, 0x9abc_def1 | 0];

describe('The quick hash', () => {
  it.each(SEEDS)('spreads keys that differ little over all of its bits (seed %i)', (seed) => {
    for (const name of [(n: number) => `k:${n}`, (n: number) => `${n}/positions?from=2024-01-01`]) {
      for (const shift of [0, 8, 16, 24]) {
        const counts = new Uint32Array(256);
        for (let n = 0; n < 25_600; n++) counts[(quickHash(name(n), seed) >>> shift) & 255]!++;
        // A hundred each, give or take: a sixth standard deviation is one in a billion.
        expect(Math.min(...counts)).toBeGreaterThan(40);
        expect(Math.max(...counts)).toBeLessThan(165);
      }
    }
  });

  it.each(SEEDS)(
    'tells keys apart that differ in one character, wherever it stands (seed %i)',
    (seed) => {
      for (const length of [1, 2, 3, 7, 8, 127, 128, 129, 100_000]) {
        const key = 'x'.repeat(length);
        const others = [0, Math.min(63, length - 1), Math.max(0, length - 64), length - 1].map(
          (at) => `${key.slice(0, at)}y${key.slice(at + 1)}`,
        );
        const hashes = new Set([key, ...others, `${key}x`].map((each) => quickHash(each, seed)));
        expect(hashes.size).toBe(new Set([key, ...others, `${key}x`]).size);
      }
    },
  );

  it('reads no more than the ends of a long key', () => {
    const [a, b] = ['a', 'b'].map((middle) => 'x'.repeat(64) + middle + 'y'.repeat(64));
    expect(quickHash(a!, 5)).toBe(quickHash(b!, 5));
  });

  it.each(SEEDS)(
    'does not stand against who knows the seed and chooses the keys (seed %i)',
    (seed) => {
      expect(new Set(alikeKeys(256, seed).map((key) => quickHash(key, seed))).size).toBe(1);
    },
  );
});
