import { execFileSync } from 'node:child_process';
import { describe, expect, it, jest } from '@jest/globals';
import { isNewer, presentTimes, tick, type Birth } from '../../../../lib/core/stores/file/birth.js';

const LOAD: Birth = { position: 50, bornAt: 1000, tick: 300 };
const NOW = { bornAt: 2000, tick: 1300 };

const isNewerThanLoad = (change: Partial<Birth>): boolean =>
  isNewer({ ...LOAD, ...change }, LOAD, NOW);

describe('What is there is newer than a load that ends', () => {
  it.each<[string, boolean, Partial<Birth>]>([
    ['began after it', true, { bornAt: 1500, tick: 800 }],
    ['began in the same millisecond, after it', true, { tick: 300.001 }],
    ['began in the same millisecond, before it', false, { tick: 299.999 }],
    ['began together with it', false, {}],
    ['began just now', true, NOW],
    ['began before it', false, { bornAt: 500, tick: 10 }],
    ['began after it, when the clock had been set back', true, { bornAt: 1, tick: 800 }],
    ['began after it, before the clock was set back', true, { bornAt: 9000, tick: 800 }],
    ['began before it, and before the clock was set back', false, { bornAt: 9000, tick: 10 }],
    ['began after it, where ticks are others', true, { bornAt: 1001, tick: 5 }],
    ['is of another boot', false, { bornAt: 500, tick: 5000 }],
    ['is of a version without ticks, and began after it', true, { bornAt: 1001, tick: undefined }],
    ['is of a version without ticks, and is older', false, { bornAt: 1000, tick: undefined }],
    ['began after an invalidation', true, { position: 51, bornAt: 1, tick: 1 }],
    ['began before an invalidation', false, { position: 49, bornAt: 1500, tick: 800 }],
  ])('if it %s: %s', (_what, expected, change) => {
    expect(isNewerThanLoad(change)).toBe(expected);
  });

  it('whatever time it bears, for one load only', () => {
    for (const times of [
      { bornAt: 1500, tick: 10 },
      { bornAt: 9000, tick: 800 },
      { bornAt: Infinity, tick: Infinity },
    ]) {
      const there = { ...LOAD, ...times };
      const later = { position: 50, bornAt: NOW.bornAt, tick: NOW.tick };
      expect(isNewer(there, later, { bornAt: 3000, tick: 2300 })).toBe(false);
    }
  });
});

describe('A tick', () => {
  it('is one of a row for all processes of the machine', () => {
    const before = tick();
    const said = execFileSync(process.execPath, ['-p', 'process.hrtime().join()'], {
      encoding: 'utf8',
    });
    const [seconds, nanoseconds] = said.split(',').map(Number) as [number, number];
    const between = seconds * 1000 + nanoseconds / 1e6;
    expect(before).toBeLessThan(between);
    expect(between).toBeLessThan(tick());
  });

  it('goes on when somebody has faked the time', () => {
    jest.useFakeTimers({ now: 0 });
    try {
      const [one, other] = [presentTimes(), presentTimes()];
      expect(one.tick).toBeLessThan(other.tick);
      expect(one.bornAt).toBeGreaterThan(0);
    } finally {
      jest.useRealTimers();
    }
  });
});
