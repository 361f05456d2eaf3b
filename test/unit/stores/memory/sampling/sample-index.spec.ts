import { describe, expect, it } from '@jest/globals';
import { SampleIndex } from '../../../../../lib/core/stores/memory/sampling/sample-index.js';
import { seededRandom } from '../../../../../lib/integrations/testing/seeded-random.js';

describe('The index of samples', () => {
  it.each([
    ['hashes', new Int32Array(64), -200],
    ['slots', new Int32Array(64), 0],
  ])('finds what is in by its number, and nothing else: %s', (_name, column, base) => {
    const random = seededRandom(5);
    const index = new SampleIndex(column);
    const known = new Map<number, number>();
    for (let step = 0; step < 5000; step++) {
      const sample = random(64);
      const number = base + random(200);
      if (known.has(column[sample]!) && known.get(column[sample]!) === sample) {
        index.delete(sample);
        known.delete(column[sample]!);
      } else if (!known.has(number)) {
        column[sample] = number;
        index.add(sample);
        known.set(number, sample);
      }
      if (step % 10 !== 0) continue;
      const numbers = Array.from({ length: 200 }, (_, each) => base + each);
      expect(numbers.map((each) => index.find(each))).toEqual(
        numbers.map((each) => known.get(each) ?? -1),
      );
    }
  });
});
