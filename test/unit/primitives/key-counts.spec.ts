import { describe, expect, it } from '@jest/globals';
import { KeyCounts } from '../../../lib/core/primitives/key-counts.js';

describe('Counts of keys', () => {
  it('know a key until it was left as often as it was entered', () => {
    const counts = new KeyCounts();
    counts.enter('a');
    counts.enter('a');
    counts.enter('b');
    counts.leave('a');
    expect(['a', 'b', 'c'].map((key) => counts.of(key))).toEqual([1, 1, 0]);
    counts.leave('a');
    expect(['a', 'b'].map((key) => counts.has(key))).toEqual([false, true]);
    expect(counts.isEmpty).toBe(false);
    counts.leave('b');
    expect(counts.isEmpty).toBe(true);
  });
});
