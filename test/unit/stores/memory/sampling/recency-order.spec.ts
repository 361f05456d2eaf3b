import { describe, expect, it } from '@jest/globals';
import { RecencyOrder } from '../../../../../lib/core/stores/memory/sampling/recency-order.js';
import { seededRandom } from '../../../../../lib/integrations/testing/seeded-random.js';

const SAMPLES = 32;

/** The same as a list, the sample used last at its end. */
class NaiveOrder {
  list: number[] = [];
  readonly bytes = new Map<number, number>();

  use(sample: number, bytes = this.bytes.get(sample)!): void {
    this.remove(sample);
    this.list.push(sample);
    this.bytes.set(sample, bytes);
  }

  remove(sample: number): void {
    this.list = this.list.filter((each) => each !== sample);
  }

  above(sample: number): number {
    return this.list.length - 1 - this.list.indexOf(sample);
  }

  bytesDownTo(sample: number): number {
    const used = this.list.slice(this.list.indexOf(sample));
    return used.reduce((sum, each) => sum + this.bytes.get(each)!, 0);
  }
}

describe.each([false, true])('The order of use, with bytes: %s', (weighed) => {
  it.each([1, 2])('is that of a plain list, whatever happens (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const order = new RecencyOrder(SAMPLES, weighed);
    const naive = new NaiveOrder();
    for (let step = 0; step < 400; step++) {
      const sample = random(SAMPLES);
      const bytes = weighed ? 1 + random(1000) : 0;
      if (!order.has(sample) || random(10) === 0) {
        order.use(sample, bytes);
        naive.use(sample, bytes);
      } else if (random(6) === 0) {
        order.remove(sample);
        naive.remove(sample);
      } else if (weighed && random(5) === 0) {
        order.resize(sample, bytes);
        naive.bytes.set(sample, bytes);
      } else {
        order.use(sample);
        naive.use(sample);
      }
      expect([order.size, order.bottom()]).toEqual([naive.list.length, naive.list[0] ?? -1]);
      expect([...order.fromBottom()]).toEqual(naive.list);
      expect(naive.list.map((each) => order.above(each))).toEqual(
        naive.list.map((each) => naive.above(each)),
      );
      expect(naive.list.map((each) => order.bytesDownTo(each))).toEqual(
        naive.list.map((each) => (weighed ? naive.bytesDownTo(each) : 0)),
      );
    }
  });
});

describe('An order of use that is empty', () => {
  it('has no bottom, and nothing in it', () => {
    const order = new RecencyOrder(4, true);
    order.use(0, 10);
    order.remove(0);
    expect(order.bottom()).toBe(-1);
    expect([order.size, order.bytes, order.has(0)]).toEqual([0, 0, false]);
  });
});
