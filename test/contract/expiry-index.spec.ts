import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../lib/integrations/testing/seeded-random.js';
import { ExpiryIndex } from '../../lib/core/stores/memory/expiry-index.js';

const START = 1_704_067_200_000;
const YEAR = 365 * 86_400_000;

/** From milliseconds to forty years, as likely near as far. */
const SPANS = [5, 1000, 60_000, 3_600_000, 86_400_000, 25 * 86_400_000, YEAR, 40 * YEAR];

/** Counts how often an entry is hung anew, which is what a pass costs beyond what it hands out. */
class CountingIndex extends ExpiryIndex {
  hung = 0;

  override add(slot: number): void {
    this.hung++;
    super.add(slot);
  }
}

/** An index with the column of expiries that a store would keep. */
class Wheel {
  readonly index = new CountingIndex(START);
  readonly expiresAt: Float64Array;
  readonly live = new Set<number>();
  now = START;

  constructor(slots: number) {
    this.expiresAt = new Float64Array(slots);
    this.index.resize(this.expiresAt);
  }

  put(slot: number, expiresAt: number): void {
    if (this.live.has(slot)) this.index.remove(slot);
    this.expiresAt[slot] = expiresAt;
    this.index.add(slot);
    this.live.add(slot);
  }

  take(slot: number): void {
    this.index.remove(slot);
    this.live.delete(slot);
  }

  advance(by: number): void {
    this.now += by;
    this.index.advance(this.now);
  }

  next(): number {
    const slot = this.index.next();
    if (slot >= 0 && !this.live.delete(slot)) throw new Error(`slot ${slot} is handed out twice`);
    return slot;
  }

  pass(by: number): number[] {
    this.advance(by);
    const due: number[] = [];
    for (let slot = this.next(); slot >= 0; slot = this.next()) due.push(slot);
    this.check();
    return due;
  }

  /** The slots that are due by now, by looking at every one. */
  due(): number[] {
    return [...this.live].filter((slot) => this.expiresAt[slot]! <= this.now);
  }

  check(): void {
    this.index.checkInvariants((slot) => this.live.has(slot));
  }
}

describe('The expiry index', () => {
  it.each([31, 32, 33, 34, 35, 36])(
    'hands out exactly what is due, from milliseconds to forty years ahead, seed %i',
    (seed) => {
      const random = seededRandom(seed);
      const wheel = new Wheel(200);
      let handedOut = 0;
      for (let round = 0; round < 300; round++) {
        for (let write = 0; write < 20; write++) {
          const slot = random(200);
          if (random(4) === 0 && wheel.live.has(slot)) wheel.take(slot);
          else wheel.put(slot, wheel.now + 1 + random(SPANS[random(SPANS.length)]!));
        }
        const by = random(SPANS[random(random(4) === 0 ? SPANS.length : 5)]!);
        const expected = new Set(
          [...wheel.live].filter((slot) => wheel.expiresAt[slot]! <= wheel.now + by),
        );
        const due = wheel.pass(by);
        expect(new Set(due)).toEqual(expected);
        handedOut += due.length;
      }
      expect(handedOut).toBeGreaterThan(1000);
    },
  );

  it.each([41, 42, 43])(
    'stays exact while entries come and go in the middle of a pass, seed %i',
    (seed) => {
      const random = seededRandom(seed);
      const wheel = new Wheel(100);
      for (let round = 0; round < 200; round++) {
        for (let write = 0; write < 15; write++) {
          wheel.put(random(100), wheel.now + 1 + random(SPANS[random(5)]!));
        }
        wheel.advance(random(SPANS[random(5)]!));
        for (let handedOut = 0; ; handedOut++) {
          const slot = wheel.next();
          if (slot < 0) break;
          expect(wheel.expiresAt[slot]).toBeLessThanOrEqual(wheel.now);
          const other = random(100);
          const dice = random(10);
          if (dice < 3) wheel.put(other, wheel.now + 1 + random(SPANS[random(5)]!));
          else if (dice < 6 && wheel.live.has(other)) wheel.take(other);
          wheel.check();
        }
        expect(wheel.due()).toEqual([]);
      }
    },
  );

  it('hands out an entry at its millisecond and not one before', () => {
    for (const ahead of [
      1,
      1023,
      1024,
      1025,
      65_535,
      65_536,
      4_194_304,
      2 ** 31,
      2 ** 31 + 1,
      40 * YEAR,
    ]) {
      const wheel = new Wheel(1);
      wheel.put(0, START + ahead);
      expect(wheel.pass(ahead - 1)).toEqual([]);
      expect(wheel.pass(0)).toEqual([]);
      expect(wheel.pass(1)).toEqual([0]);
      expect(wheel.pass(40 * YEAR)).toEqual([]);
    }
  });

  it('never hands out what never expires', () => {
    const wheel = new Wheel(1);
    wheel.put(0, Infinity);
    expect(wheel.pass(500 * YEAR)).toEqual([]);
  });

  it('hands out at once what was due when it came', () => {
    const wheel = new Wheel(2);
    wheel.pass(10 * YEAR);
    wheel.put(0, START);
    wheel.put(1, wheel.now);
    expect(new Set(wheel.pass(0))).toEqual(new Set([0, 1]));
  });

  it('hands out nothing too early when the clock is set back, and is exact when it is on time again', () => {
    const wheel = new Wheel(2);
    wheel.put(0, START + 5000);
    wheel.pass(1000);
    wheel.put(1, wheel.now + 2000);
    expect(wheel.pass(-500_000)).toEqual([]);
    expect(wheel.pass(500_000 + 2000)).toEqual([1]);
    expect(wheel.pass(2000)).toEqual([0]);
  });

  it.each([500, 86_400_000, YEAR])(
    'goes by the new time when the clock is set back by %i ms, before a pass has seen it or after',
    (back) => {
      const wheel = new Wheel(2);
      wheel.put(0, START + 2 * YEAR);
      wheel.pass(YEAR);
      wheel.now -= back;
      wheel.put(0, wheel.now + 400);
      expect(wheel.pass(0)).toEqual([]);
      wheel.put(1, wheel.now + 400);
      expect(wheel.pass(399)).toEqual([]);
      expect(new Set(wheel.pass(1))).toEqual(new Set([0, 1]));
    },
  );

  it.each([61, 62, 63])(
    'is exact with a clock that jumps, and with passes that are not finished, seed %i',
    (seed) => {
      const random = seededRandom(seed);
      const wheel = new Wheel(100);
      for (let round = 0; round < 500; round++) {
        for (let write = 0; write < 15; write++) {
          wheel.put(random(100), wheel.now + 1 + random(SPANS[random(SPANS.length)]!));
        }
        const by = random(SPANS[random(5)]!);
        // Entries may come by a time of which no pass has known.
        if (random(4) === 0) wheel.now -= random(SPANS[random(5)]!);
        if (random(3) === 0) wheel.put(random(100), wheel.now + 1 + random(SPANS[random(5)]!));
        wheel.advance(random(3) === 0 ? -by : by);
        for (let taken = random(6); taken > 0; taken--) wheel.next();
        wheel.check();
        if (random(2) === 0) continue;
        const due = new Set(wheel.due());
        expect(new Set(wheel.pass(0))).toEqual(due);
      }
    },
  );

  it('forgets all on clear, and can be filled again', () => {
    const wheel = new Wheel(50);
    for (let slot = 0; slot < 50; slot++) wheel.put(slot, START + 1000 * slot);
    wheel.advance(10_000);
    wheel.next();
    wheel.index.clear();
    wheel.live.clear();
    wheel.check();
    wheel.put(7, wheel.now + 1);
    expect(wheel.pass(YEAR)).toEqual([7]);
  });

  it('keeps every entry when it makes room for more', () => {
    const wheel = new Wheel(4);
    for (let slot = 0; slot < 4; slot++) wheel.put(slot, START + 1000);
    const grown = new Float64Array(8);
    grown.set(wheel.expiresAt);
    wheel.index.resize(grown);
    wheel.index.advance(START + 1000);
    const due = [wheel.index.next(), wheel.index.next(), wheel.index.next(), wheel.index.next()];
    expect(due.sort()).toEqual([0, 1, 2, 3]);
    expect(wheel.index.next()).toBe(-1);
  });

  it('visits in a pass about as many entries as have expired, however many there are', () => {
    const n = 50_000;
    const k = 20;
    const wheel = new Wheel(n);
    for (let slot = 0; slot < n; slot++) wheel.put(slot, START + (slot < k ? 60_000 : YEAR));
    wheel.index.hung = 0;
    expect(wheel.pass(60_000)).toHaveLength(k);
    expect(wheel.index.hung).toBeLessThanOrEqual(k);
  });

  it('hangs an entry anew at most five times in its life, however often it is asked', () => {
    const n = 1000;
    const random = seededRandom(51);
    const wheel = new Wheel(n);
    for (let slot = 0; slot < n; slot++) wheel.put(slot, START + 1 + random(YEAR));
    wheel.index.hung = 0;
    let handedOut = 0;
    for (let day = 0; day < 366; day++) handedOut += wheel.pass(86_400_000).length;
    expect(handedOut).toBe(n);
    expect(wheel.index.hung).toBeLessThanOrEqual(5 * n);
  });
});
