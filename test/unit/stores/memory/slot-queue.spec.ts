import { describe, expect, it } from '@jest/globals';
import { SlotQueue } from '../../../../lib/core/stores/memory/policies/slot-queue.js';
import { seededRandom } from '../../../../lib/integrations/testing/seeded-random.js';

describe('The queue of slots', () => {
  it.each([1, 2, 3])('is a list that any slot can leave (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const queue = new SlotQueue();
    let slots = 4;
    queue.resize(slots);
    const model: number[] = [];
    for (let step = 0; step < 5000; step++) {
      // Grows now and then, most likely with its end before its start.
      if (step % 1000 === 999) queue.resize((slots = Math.ceil(slots * 1.5)));
      const slot = random(slots);
      const at = model.indexOf(slot);
      if (at < 0) {
        queue.append(slot);
        model.push(slot);
      } else if (random(2) === 0) {
        queue.remove(slot);
        model.splice(at, 1);
      } else if (queue.head() >= 0) {
        queue.remove(queue.head());
        model.shift();
      }
      queue.checkInvariants();
      expect([...queue]).toEqual(model);
      expect(queue.head()).toBe(model[0] ?? -1);
    }
    queue.clear();
    queue.checkInvariants();
    expect([queue.head(), queue.size]).toEqual([-1, 0]);
  });
});
