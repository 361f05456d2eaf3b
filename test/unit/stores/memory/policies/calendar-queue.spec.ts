import { describe, expect, it } from '@jest/globals';
import { CalendarQueue } from '../../../../../lib/core/stores/memory/policies/calendar-queue.js';
import { seededRandom } from '../../../../../lib/integrations/testing/seeded-random.js';

/** A queue with the column of its owner, beside a list of ticks that is looked through. */
class Owned {
  readonly queue = new CalendarQueue();
  readonly #ticks = new Map<number, number>();
  #column = new Int32Array(0);
  #now = 0;

  constructor(slots: number) {
    this.resize(slots);
  }

  get now(): number {
    return this.#now;
  }

  get slots(): number {
    return this.#column.length;
  }

  resize(slots: number): void {
    const larger = new Int32Array(slots);
    larger.set(this.#column);
    this.#column = larger;
    this.queue.resize(larger, this.#now);
  }

  holds(slot: number): boolean {
    return this.#ticks.has(slot);
  }

  add(slot: number): void {
    this.use(slot);
    this.queue.add(slot, this.#now);
  }

  /** @param ticks that go by, other slots' of which nothing is left among them */
  use(slot: number, ticks = 1): void {
    this.#now += ticks;
    this.#column[slot] = this.#now;
    this.#ticks.set(slot, this.#now);
  }

  remove(slot: number): void {
    this.#column[slot] = -1;
    this.queue.remove(slot);
    this.#ticks.delete(slot);
  }

  clear(): void {
    this.#column.fill(0);
    this.queue.clear();
    this.#ticks.clear();
  }

  /** The head, as both say. */
  head(): number {
    let least = -1;
    for (const [slot, tick] of this.#ticks) {
      if (least < 0 || tick < this.#ticks.get(least)!) least = slot;
    }
    const head = this.queue.head(this.#now);
    if (head !== least) throw new Error(`head ${head}, and ${least} has the least tick`);
    this.queue.checkInvariants();
    expect([...this.queue].sort()).toEqual([...this.#ticks.keys()].sort());
    return head;
  }

  /** The head goes to the end. */
  renew(): void {
    const head = this.head();
    this.#now++;
    this.#ticks.set(head, this.#now);
    expect(this.queue.renewHead(this.#now)).toBe(head);
    expect(this.#column[head]).toBe(this.#now);
    this.queue.checkInvariants();
  }

  drain(): number {
    let count = 0;
    for (let slot = this.head(); slot >= 0; slot = this.head(), count++) this.remove(slot);
    return count;
  }
}

describe('The calendar queue', () => {
  it.each([
    ['few slots', 1, 3, 1],
    ['ticks that are all in use', 2, 40, 1],
    ['ticks that go by in small steps', 3, 40, 5],
    ['ticks that span many times the slots', 4, 60, 5000],
  ])('has the least tick at its head, with %s', (_name, seed, slots, stride) => {
    const random = seededRandom(seed);
    const owned = new Owned(slots);
    for (let step = 0; step < 6000; step++) {
      const slot = random(owned.slots);
      if (!owned.holds(slot)) owned.add(slot);
      else if (random(4) === 0) owned.remove(slot);
      else owned.use(slot, 1 + random(stride));
      // Sometimes often, sometimes hardly ever, so that all there is has been used since.
      const asked = step % 1000 < 500 ? 2 : 97;
      if (step % asked === 0 && owned.head() >= 0 && random(2) === 0) owned.remove(owned.head());
      if (step % 1500 === 1499) owned.resize(owned.slots + 7);
    }
    expect(owned.drain()).toBeGreaterThan(0);
  });

  it.each([
    ['of one slot', 1, 1, 1],
    ['of few slots, hardly used', 3, 3, 0],
    ['of many', 40, 2, 1],
    ['of many that are used often', 40, 30, 3],
    ['after long times', 60, 5, 500],
  ])('sends its head to the end, %s', (_name, slots, uses, stride) => {
    const random = seededRandom(slots);
    const owned = new Owned(slots);
    for (let slot = 0; slot < slots; slot++) owned.add(slot);
    for (let step = 0; step < 3000; step++) {
      for (let use = random(uses); use > 0; use--) owned.use(random(slots), 1 + random(stride + 1));
      owned.renew();
      if (random(20) !== 0) continue;
      const slot = random(slots);
      owned.remove(slot);
      owned.add(slot);
    }
    expect(owned.drain()).toBe(slots);
  });

  it.each([10, 60])('keeps the order of %i slots that came side by side, long ago', (count) => {
    const owned = new Owned(count + 1);
    owned.add(count);
    for (let slot = 0; slot < count; slot++) owned.add(slot);
    // All of them on one day, as a year goes back to them.
    owned.use(count, 1_000_000);
    for (const slot of [7, 3, 5]) owned.use(slot);
    for (let slot = 0; slot < count; slot++) {
      if (![7, 3, 5].includes(slot)) expect(owned.head()).toBe(slot);
      else continue;
      owned.remove(slot);
    }
    expect(owned.head()).toBe(count);
    expect(owned.drain()).toBe(4);
  });

  it('finds a slot that has gone and come again while it waited', () => {
    const owned = new Owned(4);
    for (const slot of [0, 1, 2]) owned.add(slot);
    owned.remove(1);
    owned.add(1);
    expect(owned.head()).toBe(0);
    owned.remove(0);
    owned.add(0);
    expect(owned.head()).toBe(2);
    owned.remove(2);
    expect(owned.head()).toBe(1);
    owned.use(1);
    expect(owned.head()).toBe(0);
  });

  it('knows nothing any more when it has been cleared, and begins anew', () => {
    const owned = new Owned(20);
    for (let slot = 0; slot < 20; slot++) owned.add(slot);
    owned.use(3, 100_000);
    expect(owned.head()).toBe(0);
    owned.clear();
    expect(owned.head()).toBe(-1);
    for (const slot of [9, 8]) owned.add(slot);
    expect(owned.head()).toBe(9);
  });

  it.each([2, 3, 4, 5, 7, 8, 15, 16, 31])(
    'puts all slots anew at most four times a year where each is used %i times and then the oldest goes',
    (uses) => {
      for (const slots of [62, 63, 64, 100, 126, 127, 128, 170, 341]) {
        const owned = new Owned(slots + 1);
        const turn = (round: number): void => {
          const slot = round % (slots + 1);
          for (let use = 1; use < uses; use++) owned.use(slot);
          const oldest = (round + 1) % (slots + 1);
          if (!owned.holds(oldest)) return owned.add(oldest);
          owned.queue.head(owned.now);
          owned.remove(oldest);
          owned.add(oldest);
        };
        owned.add(0);
        for (let round = 0; round < 4 * slots; round++) turn(round);
        const before = owned.queue.putAnew;
        const ticks = owned.now;
        for (let round = 4 * slots; round < 24 * slots; round++) turn(round);
        // Twice as many days as there are slots, and each of at least a tick.
        const years = (owned.now - ticks) / (2 * slots);
        expect(owned.queue.putAnew - before).toBeLessThanOrEqual(4 * years);
      }
    },
  );
});
