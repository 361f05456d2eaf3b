import { describe, expect, it } from '@jest/globals';
import { KeyHash } from '../../../../../lib/core/primitives/key-hash.js';
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

  it('forgets everything when it is cleared', () => {
    const sketch = sketchFor(100);
    sketch.increment(hashOf(1));
    sketch.clear();
    expect(sketch.count(hashOf(1))).toBe(0);
  });
});
