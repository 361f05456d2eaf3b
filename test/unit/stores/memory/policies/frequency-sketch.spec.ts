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

/** Entries whose sketch is halved in four parts. */
const LARGE = 2 ** 17;
const SAMPLED = 1000;
const OTHER = 1e6;

/** A large one that begins to halve its counts with the next use, and keys that were used eight times each. */
function soonHalved(): { sketch: FrequencySketch; keys: number[] } {
  const sketch = sketchFor(LARGE, SAMPLED);
  const keys = Array.from({ length: 1000 }, (_, key) => hashOf(key));
  for (const key of keys) for (let use = 0; use < 8; use++) sketch.increment(key);
  for (let use = 1; use < 10 * SAMPLED - 8 * keys.length; use++)
    sketch.increment(hashOf(OTHER + use));
  return { sketch, keys };
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

  it('halves a large one a part at each use, every count once', () => {
    const { sketch, keys } = soonHalved();
    const counts = (): Set<number> => new Set(keys.map((key) => sketch.count(key)));
    expect(counts()).toEqual(new Set([8]));
    sketch.increment(hashOf(OTHER));
    expect(counts()).toEqual(new Set([4, 8]));
    for (let use = 0; use < 3; use++) sketch.increment(hashOf(OTHER));
    expect(counts()).toEqual(new Set([4]));
    for (let use = 0; use < 10; use++) sketch.increment(hashOf(OTHER));
    expect(counts()).toEqual(new Set([4]));
  });

  it('has halved all of a large one before it grows', () => {
    const { sketch, keys } = soonHalved();
    sketch.increment(hashOf(OTHER));
    sketch.resize(2 * LARGE, SAMPLED);
    expect(new Set(keys.map((key) => sketch.count(key)))).toEqual(new Set([4]));
  });

  it('never takes less than nothing for counted where growth has copied its counters', () => {
    const sketch = new FrequencySketch();
    for (const entries of [16, 64, 256, 513]) {
      sketch.resize(entries, 513);
      for (let use = 0; use < 1250; use++) sketch.increment(hashOf(use));
    }
    for (let use = 0; use < 200; use++) sketch.increment(hashOf(1e6 + use));
    for (let use = 0; use < 8; use++) sketch.increment(hashOf(-1));
    // If it did, each use would halve all counts.
    expect(sketch.count(hashOf(-1))).toBeGreaterThanOrEqual(4);
  });

  it('has counts that disturb each other no more often in a large one', () => {
    /** Of keys that were counted once each, every other entry one, the share that seems to have been counted before. */
    function disturbed(entries: number): number {
      const sketch = sketchFor(entries);
      let count = 0;
      for (let key = 0; key < entries / 2; key++) {
        const hash = quickHash(`${key}`, 7);
        if (sketch.count(hash) > 0) count++;
        sketch.increment(hash);
      }
      return count / (entries / 2);
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
