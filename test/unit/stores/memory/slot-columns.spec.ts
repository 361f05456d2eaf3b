import { describe, expect, it } from '@jest/globals';
import { SlotColumns } from '../../../../lib/core/stores/memory/slot-columns.js';
import { seededRandom } from '../../../../lib/integrations/testing/seeded-random.js';

/** With room for four entries: the first slot is none's. */
function setUp(slots = 5): SlotColumns {
  const columns = new SlotColumns(slots, false);
  columns.grow();
  return columns;
}

function put(columns: SlotColumns, key: string, expiresAt = 1000): number {
  const slot = columns.take(key);
  columns.write(slot, key, expiresAt, expiresAt, 0);
  return slot;
}

describe('The slots of a memory store', () => {
  it('are taken from the first on, those that were freed before', () => {
    const columns = setUp();
    expect(['a', 'b', 'c'].map((key) => put(columns, key))).toEqual([1, 2, 3]);
    columns.free(2);
    columns.free(1);
    expect(['d', 'e', 'f'].map((key) => put(columns, key))).toEqual([1, 2, 4]);
    expect(columns.full).toBe(true);
    expect(columns.end).toBe(5);
  });

  it('grow by half, a large one to its limit as soon as that is near, and none beyond it', () => {
    const capacitiesOf = (most: number, steps: number): number[] => {
      const columns = new SlotColumns(most, false);
      return Array.from({ length: steps }, () => {
        columns.grow();
        return columns.capacity;
      });
    };
    expect(capacitiesOf(50, 6)).toEqual([16, 24, 36, 50, 51, 52]);
    const large = capacitiesOf(500_000, 25);
    const from = large.findIndex((capacity) => capacity >= 32_768);
    expect(large[from + 1]).toBe(500_000);
    for (const [at, capacity] of large.slice(1, from + 1).entries()) {
      expect(capacity).toBe(Math.ceil(large[at]! * 1.5));
    }
    const unlimited = capacitiesOf(Infinity, 25);
    for (const [at, capacity] of unlimited.slice(1).entries()) {
      expect(capacity).toBe(Math.ceil(unlimited[at]! * 1.5));
    }
  });

  it('are all free again after a clear', () => {
    const columns = setUp();
    for (const key of ['a', 'b', 'c']) put(columns, key);
    columns.free(2);
    columns.clear();
    expect(['d', 'e', 'f', 'g'].map((key) => put(columns, key))).toEqual([1, 2, 3, 4]);
    expect(columns.full).toBe(true);
  });

  it.each(['mark', 'unmark'] as const)(
    'are found when they are free, after a late %s',
    (change) => {
      const columns = setUp();
      for (const key of ['a', 'b', 'c']) put(columns, key);
      for (const slot of [3, 2]) {
        columns.free(slot);
        columns[change](slot);
      }
      expect(['d', 'e', 'f'].map((key) => put(columns, key))).toEqual([2, 3, 4]);
      expect([1, 2, 3, 4].map((slot) => columns.keyIn(slot))).toEqual(['a', 'd', 'e', 'f']);
    },
  );

  it('belong to one at a time, whatever comes and goes', () => {
    const random = seededRandom(11);
    const columns = new SlotColumns(51, false);
    const taken = new Map<number, string>();
    for (let step = 0; step < 5000; step++) {
      if (taken.size < 50 && random(2) === 0) {
        if (columns.full) columns.grow();
        const slot = put(columns, `${step}`, step);
        expect(taken.has(slot)).toBe(false);
        taken.set(slot, `${step}`);
      } else if (taken.size > 0) {
        const slot = [...taken.keys()][random(taken.size)]!;
        columns.free(slot);
        taken.delete(slot);
        columns.unmark(random(columns.end));
      }
      for (const [slot, key] of taken) {
        const isWhole = columns.keyIn(slot) === key && columns.valueIn(slot) === key;
        if (!isWhole || columns.endOf(slot) !== Number(key)) throw new Error(`${key} is lost`);
      }
    }
    expect(columns.end).toBeLessThanOrEqual(51);
  });
});
