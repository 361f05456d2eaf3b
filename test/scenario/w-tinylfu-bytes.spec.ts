import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../lib/integrations/testing/seeded-random.js';
import { loop, recency } from '../contract/models/traffic.js';
import { askAll } from './support/asking.js';
import { scenario } from './support/scenario-cache.js';

const ENTRIES = 200;
const VALUE = 'x'.repeat(1000);
const ROUNDS = 30;

/** 1,000 to 3,000 characters. */
const sizeOf = (key: number): number => 1000 + ((Math.imul(key, 0x9e3779b1) >>> 0) % 2001);

describe('The window of w-tinylfu, by bytes', () => {
  it('is found as fast where a limit of entries stands beside it that never matters', () => {
    const [alone, beside] = [Infinity, 1_000_000].map((maxEntriesPerCategory) => {
      const { cache } = scenario({
        maxEntriesPerCategory,
        maxBytesPerCategory: ENTRIES * 1150,
        evictionPolicy: 'w-tinylfu',
      });
      return askAll(cache, recency(100_000, 300, seededRandom(34)), () => VALUE);
    });
    expect(beside! / alone!).toBeGreaterThan(0.9);
  });
});

describe('A loop larger than the category, under w-tinylfu by bytes, where sizes vary', () => {
  it.each([2, 3, 5])('keeps its part of the hits, %i times as large', (times) => {
    const { cache } = scenario({
      maxEntriesPerCategory: Infinity,
      maxBytesPerCategory: ENTRIES * 2150,
      evictionPolicy: 'w-tinylfu',
    });
    const keys = times * ENTRIES;
    const hits = askAll(cache, loop(ROUNDS, keys), (key) => 'x'.repeat(sizeOf(key)));
    expect(hits / (ROUNDS * keys)).toBeGreaterThan(0.6 / times);
  });
});
