import { describe, expect, it } from '@jest/globals';
import { SlotHeap } from '../../../../../lib/core/stores/file/index/slot-heap.js';
import { NONE } from '../../../../../lib/core/stores/file/index/slot-pages.js';
import { seededRandom } from '../../../../../lib/integrations/testing/seeded-random.js';
import { NumberedSlots } from './slots.js';

describe('A heap of slots', () => {
  it('has the least first, to a fraction, also before 1970 and far from now', () => {
    const slots = new NumberedSlots();
    const heap = new SlotHeap(slots.pages, 'expiresAt', 'duePlace');
    expect(heap.first()).toBe(NONE);
    for (const [id, expiresAt] of [8.64e15, 0.5, -5000, 2 ** 53, 0, 0.25].entries()) {
      heap.push(slots.take(id, { expiresAt }));
    }
    const order: number[] = [];
    for (let slot = heap.first(); slot !== NONE; slot = heap.first()) {
      order.push(slots.idOf(slot));
      heap.remove(slot);
    }
    expect(order).toEqual([2, 4, 5, 1, 0, 3]);
  });

  it('is what a sorted list would be, after whatever has happened', () => {
    const slots = new NumberedSlots();
    const heap = new SlotHeap(slots.pages, 'usedAt', 'foundPlace');
    const random = seededRandom(7);
    let live: { slot: number; usedAt: number }[] = [];
    for (let step = 0; step < 4000; step++) {
      if (random(10) < 6 || live.length === 0) {
        const usedAt = random(500);
        const slot = slots.take(step, { usedAt });
        heap.push(slot);
        live.push({ slot, usedAt });
      } else {
        const slot = random(2) === 0 ? heap.first() : live[random(live.length)]!.slot;
        heap.remove(slot);
        slots.free(slot);
        live = live.filter((each) => each.slot !== slot);
      }
      const least = live.find(({ slot }) => slot === heap.first())?.usedAt;
      expect(least ?? Infinity).toBe(Math.min(...live.map(({ usedAt }) => usedAt)));
      if (step % 50 > 0) continue;
      heap.checkInvariants();
      expect([...heap].sort()).toEqual(live.map(({ slot }) => slot).sort());
      expect(live.every(({ slot }) => heap.has(slot))).toBe(true);
    }
  });
});
