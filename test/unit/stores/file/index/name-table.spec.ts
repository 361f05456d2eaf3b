import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { NameTable } from '../../../../../lib/core/stores/file/index/name-table.js';
import { NONE, SlotPages } from '../../../../../lib/core/stores/file/index/slot-pages.js';
import { seededRandom } from '../../../../../lib/integrations/testing/seeded-random.js';

const named = (id: number): string => createHash('sha256').update(`${id}`).digest('hex');

describe('The table of names', () => {
  it('finds what was added and not removed, among names that differ in one digit', () => {
    const slots = new SlotPages();
    const table = new NameTable(slots);
    const name = named(1);
    const names = [...name].map((digit, at) => {
      const other = digit === '0' ? '1' : '0';
      return name.slice(0, at) + other + name.slice(at + 1);
    });
    expect(table.find(name)).toBe(NONE);
    const taken = names.map((each) => {
      const slot = slots.take();
      table.add(slot, each);
      return slot;
    });
    expect(table.find(name)).toBe(NONE);
    expect(names.map((each) => table.find(each))).toEqual(taken);
    expect(taken.map((slot) => slots.nameOf(slot))).toEqual(names);
    for (const slot of taken) table.remove(slot);
    expect(names.map((each) => table.find(each))).toEqual(names.map(() => NONE));
  });

  it('is what a map would be, after whatever has happened', () => {
    const slots = new SlotPages();
    const table = new NameTable(slots);
    const model = new Map<string, number>();
    const random = seededRandom(3);
    for (let step = 0; step < 8000; step++) {
      const name = named(random(2000));
      const slot = table.find(name);
      expect(slot).toBe(model.get(name) ?? NONE);
      if (slot === NONE) {
        const taken = slots.take();
        table.add(taken, name);
        model.set(name, taken);
      } else if (random(3) === 0) {
        table.remove(slot);
        slots.free(slot);
        model.delete(name);
      }
    }
    expect(slots.count).toBe(model.size);
    for (const prefix of ['00', '7f', 'ff']) {
      const found = [...table.slotsOf(prefix)].map((slot) => slots.nameOf(slot));
      const wanted = [...model.keys()].filter((name) => name.startsWith(prefix));
      expect(found.sort()).toEqual(wanted.sort());
    }
  });
});

describe('Pages of slots', () => {
  it('give a slot to one at a time, and those given back first', () => {
    const slots = new SlotPages();
    const taken = Array.from({ length: 2000 }, () => slots.take());
    expect(new Set(taken).size).toBe(2000);
    for (const slot of taken.slice(0, 500)) slots.free(slot);
    const again = Array.from({ length: 500 }, () => slots.take());
    expect(again.sort()).toEqual(taken.slice(0, 500).sort());
    expect(slots.count).toBe(2000);
  });

  it('begin anew when all were given back', () => {
    const slots = new SlotPages();
    const taken = Array.from({ length: 1500 }, () => slots.take());
    for (const slot of taken.toReversed()) slots.free(slot);
    expect([slots.count, slots.take(), slots.take()]).toEqual([0, 0, 1]);
  });
});
