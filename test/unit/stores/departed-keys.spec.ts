import { describe, expect, it } from '@jest/globals';
import { quickHash } from '../../../lib/core/stores/memory/quick-hash.js';
import { DepartedKeys } from '../../../lib/core/stores/departed-keys.js';

const [A, B, C, D] = [4, 8, -12, 16];

describe('The keys that have departed', () => {
  it('are remembered with their reason', () => {
    const departed = new DepartedKeys(64);
    departed.add(A, 'expired');
    departed.add(B, 'evicted');
    departed.add(C, 'invalidated');
    expect([A, B, C, D].map((hash) => departed.reasonFor(hash))).toEqual([
      'expired',
      'evicted',
      'invalidated',
      'absent',
    ]);
  });

  it('are remembered with their latest reason', () => {
    const departed = new DepartedKeys(64);
    for (const reason of ['evicted', 'expired', 'invalidated', 'deleted'] as const) {
      departed.add(A, reason);
      expect(departed.reasonFor(A)).toBe(reason);
    }
  });

  it('can be forgotten, one or all', () => {
    const departed = new DepartedKeys(64);
    departed.forget(A);
    expect(departed.reasonFor(A)).toBe('absent');
    departed.add(A, 'expired');
    departed.forget(A);
    departed.forget(B);
    expect(departed.reasonFor(A)).toBe('deleted');
    expect(departed.reasonFor(B)).toBe('absent');
    departed.add(B, 'expired');
    departed.clear();
    expect(departed.reasonFor(B)).toBe('absent');
  });

  it('are never told as another reason than theirs, at most forgotten, however many they are', () => {
    const departed = new DepartedKeys(1000);
    const reasons = ['expired', 'evicted', 'invalidated'] as const;
    const hashes = Array.from({ length: 5000 }, (_, key) => quickHash(`key:${key}`, 1));
    for (const [key, hash] of hashes.entries()) departed.add(hash, reasons[key % 3]!);
    let remembered = 0;
    for (const [key, hash] of hashes.entries()) {
      const reason = departed.reasonFor(hash);
      if (reason !== 'absent') remembered++;
      expect([reasons[key % 3], 'absent']).toContain(reason);
    }
    expect(remembered).toBeGreaterThan(500);
  });

  it('are all remembered as long as they are few, though they are of one place', () => {
    const departed = new DepartedKeys(1000);
    const hashes = [0, 1, 2, 3].map((n) => 40 + (n << 12));
    for (const hash of hashes) departed.add(hash, 'expired');
    for (const hash of hashes) departed.add(hash, 'evicted');
    expect(hashes.map((hash) => departed.reasonFor(hash))).toEqual(hashes.map(() => 'evicted'));
    departed.add(40 + (4 << 12), 'expired');
    expect(departed.reasonFor(40 + (4 << 12))).toBe('expired');
    expect(departed.reasonFor(40)).toBe('absent');
    expect(hashes.slice(1).map((hash) => departed.reasonFor(hash))).toEqual(
      Array(3).fill('evicted'),
    );
  });

  it('are as new as their last departure', () => {
    const departed = new DepartedKeys(1000);
    const hashes = [0, 1, 2, 3, 4].map((n) => 40 + (n << 12));
    for (const at of [0, 1, 2, 3, 0, 4]) departed.add(hashes[at]!, 'evicted');
    expect(hashes.map((hash) => departed.reasonFor(hash))).toEqual([
      'evicted',
      'absent',
      ...Array<string>(3).fill('evicted'),
    ]);
  });

  it('are remembered in the order they departed, the latest longest, however many there were before', () => {
    const departed = new DepartedKeys(1000);
    const hashes = Array.from({ length: 20_000 }, (_, key) => quickHash(`key:${key}`, 1));
    for (const hash of hashes) departed.add(hash, 'evicted');
    const remembered = (from: number, to: number): number =>
      hashes.slice(from, to).filter((hash) => departed.reasonFor(hash) !== 'absent').length;
    // Of half as many as there are places; and of as many that half as many places have come after.
    expect(remembered(20_000 - 512, 20_000)).toBeGreaterThan(460);
    expect(remembered(20_000 - 1024, 20_000 - 512)).toBeGreaterThan(300);
    expect(remembered(0, 10_000)).toBeLessThan(20);
  });

  it('are not mixed up with keys that were never there', () => {
    const departed = new DepartedKeys(1000);
    for (let key = 0; key < 1000; key++) departed.add(quickHash(`key:${key}`, 1), 'expired');
    for (let key = 0; key < 1000; key++) {
      expect(departed.reasonFor(quickHash(`other:${key}`, 1))).toBe('absent');
    }
  });

  it('fit in a store without a limit, and in one of a single entry', () => {
    for (const entries of [Infinity, 1]) {
      const departed = new DepartedKeys(entries);
      departed.add(A, 'expired');
      expect(departed.reasonFor(A)).toBe('expired');
    }
  });
});
