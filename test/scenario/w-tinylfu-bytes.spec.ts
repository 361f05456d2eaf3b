import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../lib/integrations/testing/seeded-random.js';
import { recency } from '../contract/models/traffic.js';
import { askAll } from './support/asking.js';
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
      return askAll(cache, recency(100_000, 300, seededRandom(34)), () => VALUE);
    });
    expect(beside! / alone!).toBeGreaterThan(0.9);
  });
});
