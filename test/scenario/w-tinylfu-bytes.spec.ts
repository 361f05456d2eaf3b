import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../lib/integrations/testing/seeded-random.js';
import { recency } from '../contract/models/traffic.js';
import { scenario } from './support/scenario-cache.js';

const ENTRIES = 200;
const VALUE = 'x'.repeat(1000);

describe('The window of w-tinylfu, by bytes', () => {
  it('is found as fast where a limit of entries stands beside it that never matters', () => {
    const [alone, beside] = [Infinity, 1_000_000].map((maxEntriesPerCategory) => {
      const { cache } = scenario({
        maxEntriesPerCategory,
        maxBytesPerCategory: ENTRIES * 1150,
        evictionPolicy: 'w-tinylfu',
      });
      let hits = 0;
      for (const key of recency(100_000, 300, seededRandom(34))) {
        if (cache.memory.get(`k:${key}`).success) hits++;
        else cache.memory.set(`k:${key}`, VALUE);
      }
      return hits;
    });
    expect(beside! / alone!).toBeGreaterThan(0.9);
  });
});
