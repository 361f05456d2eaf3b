import { describe, expect, it } from '@jest/globals';
import { ExpiryBuckets } from '../../../../../lib/core/stores/file/index/expiry-buckets.js';
import type { IndexedEntry } from '../../../../../lib/core/stores/file/index/file-index.js';
import { seededRandom } from '../../../../../lib/integrations/testing/seeded-random.js';
import { entry, ids } from './entries.js';

const at = (id: number, expiresAt: number): IndexedEntry => entry(id, { expiresAt });

function filled(...entries: IndexedEntry[]): ExpiryBuckets<IndexedEntry> {
  const buckets = new ExpiryBuckets<IndexedEntry>();
  for (const each of entries) buckets.add(each);
  return buckets;
}

describe('Expiry buckets', () => {
  it('give what is over, to the millisecond, and never twice', () => {
    const buckets = filled(at(1, 5000), at(2, 5001), at(3, 5999.5), at(4, 6000));
    expect(ids(buckets.take(4999, 10))).toEqual([]);
    expect(ids(buckets.take(5000, 10))).toEqual([1]);
    expect(ids(buckets.take(5999.4, 10))).toEqual([2]);
    expect(ids(buckets.take(6000, 10))).toEqual([3, 4]);
    expect(ids(buckets.take(Infinity, 10))).toEqual([]);
    buckets.checkInvariants([]);
  });

  it('give as many as are asked for, the earliest seconds first', () => {
    const buckets = filled(...[5, 1, 4, 2, 3].map((id) => at(id, id * 1000)), at(6, 1001));
    expect(buckets.take(10_000, 0)).toEqual([]);
    expect(ids(buckets.take(10_000, 3))).toEqual([1, 6, 2]);
    expect(ids(buckets.take(10_000, 3))).toEqual([3, 4, 5]);
  });

  it('never give what does not expire, nor what was removed', () => {
    const [gone, stays] = [at(1, 1000), at(2, 1000)];
    const buckets = filled(gone, stays, at(3, Infinity));
    buckets.remove(gone);
    buckets.remove(gone);
    buckets.remove(at(4, 1000));
    buckets.checkInvariants([stays]);
    expect(ids(buckets.take(Infinity, 10))).toEqual([2]);
  });

  it('hold times before 1970 and far from now', () => {
    const buckets = filled(at(1, -5000), at(2, 8.64e15), at(3, 2 ** 53), at(4, 0));
    expect(ids(buckets.take(0, 10))).toEqual([1, 4]);
    expect(ids(buckets.take(Number.MAX_VALUE, 10))).toEqual([2, 3]);
  });

  it('give what is left when a thousand seconds were filled and emptied', () => {
    const lasting = at(0, 1000);
    const buckets = filled(lasting);
    for (let id = 1; id < 5000; id++) {
      const passing = at(id, 1000 * (2 + (id % 1000)));
      buckets.add(passing);
      buckets.remove(passing);
      if (id % 500 === 0) buckets.checkInvariants([lasting]);
    }
    expect(ids(buckets.take(Infinity, 10_000))).toEqual([0]);
  });

  it('are what a sorted list would be, after whatever has happened', () => {
    const random = seededRandom(7);
    const buckets = new ExpiryBuckets<IndexedEntry>();
    let live: IndexedEntry[] = [];
    for (let step = 0; step < 4000; step++) {
      const dice = random(10);
      if (dice < 6) {
        const next = at(step, random(20) === 0 ? Infinity : random(40_000));
        buckets.add(next);
        live.push(next);
      } else if (dice < 9 && live.length > 0) {
        const [gone] = live.splice(random(live.length), 1);
        buckets.remove(gone!);
      } else {
        const now = random(20_000);
        const over = live.filter(({ expiresAt }) => expiresAt <= now);
        const max = random(8);
        const taken = buckets.take(now, max);
        expect(taken).toHaveLength(Math.min(max, over.length));
        expect(over).toEqual(expect.arrayContaining(taken));
        live = live.filter((each) => !taken.includes(each));
      }
      if (step % 50 === 0) buckets.checkInvariants(live);
    }
  });
});
