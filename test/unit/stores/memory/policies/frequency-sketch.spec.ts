import { describe, expect, it } from '@jest/globals';
import { KeyHash } from '../../../../../lib/core/primitives/key-hash.js';
import { quickHash } from '../../../../../lib/core/stores/memory/quick-hash.js';
import { FrequencySketch } from '../../../../../lib/core/stores/memory/policies/frequency-sketch.js';

const SECRET = new KeyHash(1, 2);
const hashOf = (key: number): number => SECRET.of(`${key}`);

function sketchFor(entries: number, sampled?: number): FrequencySketch {
  const sketch = new FrequencySketch();
  sketch.resize(entries, sampled);
  return sketch;
}

describe('A sketch of frequencies', () => {
  it('counts to 15 and no further', () => {
    const sketch = sketchFor(100);
    for (let use = 0; use < 15; use++) {
      expect(sketch.count(hashOf(1))).toBe(use);
      sketch.increment(hashOf(1));
    }
    for (let use = 0; use < 10; use++) sketch.increment(hashOf(1));
    expect(sketch.count(hashOf(1))).toBe(15);
    expect(sketch.count(hashOf(2))).toBe(0);
  });

  it('never counts too little before it ages, and rarely too much', () => {
    const sketch = sketchFor(1000);
    const uses = (key: number): number => 1 + (key % 5);
    for (let key = 0; key < 1000; key++) {
      for (let use = 0; use < uses(key); use++) sketch.increment(hashOf(key));
    }
    let wrong = 0;
    for (let key = 0; key < 1000; key++) {
      const count = sketch.count(hashOf(key));
      expect(count).toBeGreaterThanOrEqual(uses(key));
      if (count > uses(key)) wrong++;
    }
    expect(wrong).toBeLessThan(50);
  });

  it('halves every count after ten uses an entry', () => {
    const sketch = sketchFor(100);
    for (let use = 0; use < 12; use++) sketch.increment(hashOf(1));
    for (let use = 0; use < 988; use++) sketch.increment(hashOf(2 + (use % 400)));
    expect(sketch.count(hashOf(1))).toBe(6);
  });

  it('keeps what it has counted when it grows', () => {
    const sketch = sketchFor(16, 100_000);
    for (let use = 0; use < 9; use++) sketch.increment(hashOf(1));
    for (const entries of [17, 100, 5000, 100_000]) {
      sketch.resize(entries, 100_000);
      expect(sketch.count(hashOf(1))).toBe(9);
    }
    sketch.increment(hashOf(1));
    expect(sketch.count(hashOf(1))).toBe(10);
  });

  it('answers an increment with the count it makes', () => {
    const sketch = sketchFor(100);
    const counts = Array.from({ length: 17 }, () => sketch.increment(hashOf(1)));
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15, 15]);
  });

  it('is told of uses that were counted elsewhere, and lowers no count by that', () => {
    const sketch = sketchFor(100);
    for (let use = 0; use < 5; use++) sketch.increment(hashOf(1));
    sketch.raise(hashOf(1), 9);
    expect(sketch.count(hashOf(1))).toBe(9);
    sketch.raise(hashOf(1), 2);
    expect(sketch.count(hashOf(1))).toBe(9);
    sketch.raise(hashOf(1), 15);
    expect(sketch.increment(hashOf(1))).toBe(15);
    expect(sketch.count(hashOf(2))).toBe(0);
  });

  it('halves its counts for uses counted elsewhere too, and says so', () => {
    let halvings = 0;
    const sketch = new FrequencySketch(2, 10, () => halvings++);
    sketch.resize(100);
    for (let use = 0; use < 8; use++) sketch.increment(hashOf(1));
    expect(sketch.noted(991)).toBe(false);
    expect(halvings).toBe(0);
    expect(sketch.noted(1)).toBe(true);
    expect(halvings).toBe(1);
    expect(sketch.count(hashOf(1))).toBe(4);
    // The use that makes it halve is counted before.
    expect(sketch.noted(499)).toBe(false);
    expect(sketch.increment(hashOf(1))).toBe(2);
    expect(sketch.count(hashOf(1))).toBe(2);
  });

  it('halves a large one a part at each use, every count once', () => {
    const shares: number[] = [];
    const sketch = new FrequencySketch(2, 10, (share) => shares.push(share));
    const entries = 2 ** 17;
    sketch.resize(entries);
    const keys = Array.from({ length: 1000 }, (_, key) => hashOf(key));
    for (const key of keys) sketch.raise(key, 8);
    const counts = (): Set<number> => new Set(keys.map((key) => sketch.count(key)));
    expect(sketch.noted(10 * entries)).toBe(true);
    expect(counts()).toEqual(new Set([4, 8]));
    expect([sketch.noted(1), sketch.noted(1), sketch.noted(1)]).toEqual([true, true, true]);
    expect(shares).toEqual([0.25, 0.5, 0.75, 1]);
    expect(counts()).toEqual(new Set([4]));
    expect(sketch.noted(1)).toBe(false);
  });

  it('has halved all of a large one before it grows', () => {
    const sketch = sketchFor(2 ** 17);
    const keys = Array.from({ length: 1000 }, (_, key) => hashOf(key));
    for (const key of keys) sketch.raise(key, 8);
    sketch.noted(10 * 2 ** 17);
    sketch.resize(2 ** 18);
    expect(new Set(keys.map((key) => sketch.count(key)))).toEqual(new Set([4]));
  });

  it('never takes less than nothing for counted where growth has copied its counters', () => {
    let halvings = 0;
    const sketch = new FrequencySketch(8, 20, () => halvings++);
    for (const entries of [16, 64, 256, 513]) {
      sketch.resize(entries, 513);
      for (let use = 0; use < 2500; use++) sketch.increment(hashOf(use));
    }
    for (let use = 0; use < 5000; use++) sketch.increment(hashOf(1e6 + use));
    expect(halvings).toBe(1);
  });

  it('has counts that disturb each other no more often in a large one', () => {
    /** Of keys that were counted once each, three an entry, the share that seems to have been counted before. */
    function disturbed(entries: number): number {
      const sketch = new FrequencySketch(8, 20);
      sketch.resize(entries);
      let count = 0;
      for (let key = 0; key < 3 * entries; key++)
        if (sketch.increment(quickHash(`${key}`, 7)) > 1) count++;
      return count / (3 * entries);
    }
    expect(disturbed(2 ** 19) / disturbed(2 ** 14)).toBeLessThan(2);
  });

  it('forgets everything when it is cleared', () => {
    const sketch = sketchFor(100);
    sketch.increment(hashOf(1));
    sketch.clear();
    expect(sketch.count(hashOf(1))).toBe(0);
  });
});
