import { describe, expect, it } from '@jest/globals';
import { StampedQueue } from '../../../../../lib/core/stores/memory/policies/stamped-queue.js';
import { seededRandom } from '../../../../../lib/integrations/testing/seeded-random.js';

describe('The queue of stamped slots', () => {
  it.each([1, 2, 3])('is a list that a slot leaves by another stamp (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const queue = new StampedQueue();
    let waiting = new Int32Array(4);
    queue.resize(waiting);
    const model: number[] = [];
    for (let tick = 1; tick <= 5000; tick++) {
      // Grows now and then, most likely with its end before its start.
      if (tick % 1000 === 999) {
        const larger = new Int32Array(Math.ceil(waiting.length * 1.5));
        larger.set(waiting);
        queue.resize((waiting = larger));
      }
      const slot = random(waiting.length);
      const at = model.indexOf(slot);
      if (at < 0) {
        waiting[slot] = tick;
        queue.append(slot, tick);
        model.push(slot);
      } else {
        // Gone, or waiting elsewhere under a tick of its own.
        waiting[slot] = random(2) === 0 ? 0 : -tick;
        model.splice(at, 1);
      }
      expect([...queue]).toEqual(model);
      // Not asked for always: what is over must then be squeezed out.
      if (seed !== 3) expect(queue.head()).toBe(model[0] ?? -1);
    }
    queue.clear();
    expect([queue.head(), ...queue]).toEqual([-1]);
  });
});
