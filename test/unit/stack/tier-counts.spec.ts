import { describe, expect, it } from '@jest/globals';
import type { RemovalCause } from '../../../lib/core/model/removal-cause.js';
import { TierCounts } from '../../../lib/core/stack/tier-counts.js';

const CAUSES: readonly RemovalCause[] = [
  'expired',
  'evicted',
  'replaced',
  'deleted',
  'invalidated',
  'oversized',
];
const NONE = { hits: 0, misses: 0, sets: 0, deletes: 0, evictions: 0, expirations: 0, errors: 0 };

describe('The counts of a tier', () => {
  it('are zero, and the rate too, where nothing was asked', () => {
    const counts = new TierCounts();
    expect(counts.stats('a', 3, 400)).toEqual({ ...NONE, hitRate: 0, entries: 3, bytes: 400 });
  });

  it('are of each category, whatever it is called', () => {
    const counts = new TierCounts();
    for (const category of ['a', 'b', '__proto__', '', 'a']) counts.of(category).hits++;
    counts.of('a').misses++;
    expect(counts.stats('a', 0, 0)).toMatchObject({ hits: 2, misses: 1, hitRate: 2 / 3 });
    expect(counts.stats('__proto__', 0, 0)).toMatchObject({ hits: 1, misses: 0, hitRate: 1 });
    expect([...counts.categories()].sort()).toEqual(['', '__proto__', 'a', 'b']);
  });

  it('do not change with what was handed out', () => {
    const counts = new TierCounts();
    const before = counts.stats('a', 0, 0);
    counts.of('a').sets++;
    expect([before.sets, counts.stats('a', 0, 0).sets]).toEqual([0, 1]);
  });

  it('tell why entries left: what was replaced has not', () => {
    const counts = new TierCounts();
    for (const cause of CAUSES) counts.removed('a', cause);
    expect(counts.stats('a', 0, 0)).toMatchObject({ expirations: 1, evictions: 2, deletes: 2 });
  });
});
