import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { CoarseClock, systemClock } from '../../../lib/core/primitives/clock.js';
import { ManualClock } from '../../../lib/testing.js';

const MINUTE = 60_000;

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

/** The system's clock, a millisecond later at each reading; how often it was read. */
function ticking(): () => number {
  let now = 1_700_000_000_000;
  const spy = jest.spyOn(systemClock, 'now').mockImplementation(() => ++now);
  return () => spy.mock.calls.length;
}

describe('The time for someone of many', () => {
  it('is read by each as long as they are not many', () => {
    const readings = ticking();
    const clock = new CoarseClock(systemClock);
    const times = Array.from({ length: 64 }, () => clock.recent(MINUTE));
    expect(readings()).toBe(64);
    expect(new Set(times).size).toBe(64);
  });

  it('is then as it was at most fifteen calls before, until the turn ends', async () => {
    const readings = ticking();
    const clock = new CoarseClock(systemClock);
    for (let call = 0; call < 64; call++) clock.recent(MINUTE);
    const before = readings();
    let last = clock.now();
    for (let call = 1; call <= 1600; call++) {
      const time = clock.recent(MINUTE);
      expect(time).toBe(call % 16 === 0 ? last + 1 : last);
      last = time;
    }
    expect(readings()).toBe(before + 1 + 100);
    await setImmediate();
    expect(clock.recent(MINUTE)).toBe(last + 1);
    expect(clock.recent(MINUTE)).toBe(last + 2);
  });

  it('is read by each whose time is short', () => {
    const readings = ticking();
    const clock = new CoarseClock(systemClock);
    for (let call = 0; call < 100; call++) clock.recent(MINUTE);
    const before = readings();
    const times = Array.from({ length: 100 }, () => clock.recent(MINUTE - 1));
    expect(readings()).toBe(before + 100);
    expect(new Set(times).size).toBe(100);
  });

  it('is what anybody else has read since', () => {
    ticking();
    const clock = new CoarseClock(systemClock);
    for (let call = 0; call < 65; call++) clock.recent(MINUTE);
    const now = clock.now();
    expect(clock.recent(MINUTE)).toBe(now);
  });

  it('is always read from a clock that is not the system’s', () => {
    const manual = new ManualClock();
    const clock = new CoarseClock(manual);
    for (let call = 0; call < 200; call++) {
      manual.advance(1);
      expect(clock.recent(MINUTE)).toBe(manual.now());
    }
  });
});

describe('The time for someone of many, once a test has faked it in the middle of a turn', () => {
  it('is read by each from the first that reads it on', () => {
    const clock = new CoarseClock(systemClock);
    for (let call = 0; call < 100; call++) clock.recent(MINUTE);
    jest.useFakeTimers({ now: 0 });
    clock.now();
    for (let call = 1; call <= 100; call++) {
      jest.setSystemTime(call);
      expect(clock.recent(MINUTE)).toBe(call);
    }
  });
});

describe('What is believed fresh without another reading', () => {
  it('is nothing from the end of the turn on, whose timers a test has faked', async () => {
    const clock = new CoarseClock(systemClock);
    jest.useFakeTimers({ doNotFake: ['Date'] });
    const now = clock.now();
    expect(clock.horizon).toBeGreaterThan(now);
    expect(clock.horizon).toBeLessThan(Infinity);
    jest.useRealTimers();
    await setImmediate();
    expect(clock.horizon).toBe(Infinity);
  });

  it('is nothing while the time is faked: it may be another in the same turn', async () => {
    const clock = new CoarseClock(systemClock);
    clock.now();
    jest.useFakeTimers({ now: 0 });
    expect(clock.now()).toBe(0);
    expect(clock.horizon).toBe(Infinity);
    jest.useRealTimers();
    clock.now();
    expect(clock.horizon).toBeLessThan(Infinity);
    await setImmediate();
    expect(clock.horizon).toBe(Infinity);
  });

  it('is nothing where the time had been faked before this package was imported', async () => {
    jest.useFakeTimers({ now: 0 });
    await jest.isolateModulesAsync(async () => {
      const early = await import('../../../lib/core/primitives/clock.js');
      const clock = new early.CoarseClock(early.systemClock);
      expect(clock.now()).toBe(0);
      expect(clock.horizon).toBe(Infinity);
      jest.useRealTimers();
      expect(clock.now()).toBeGreaterThan(0);
      expect(clock.horizon).toBe(Infinity);
    });
  });
});
