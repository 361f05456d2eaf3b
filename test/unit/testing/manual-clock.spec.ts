import { describe, expect, it } from '@jest/globals';
import { CacheOptionsError, createCache } from 'nestjs-tiered-cache/core';
import { ManualClock } from 'nestjs-tiered-cache/testing';

describe('ManualClock', () => {
  it('starts at the same instant in every run, or where it is told to', () => {
    expect(new ManualClock().now()).toBe(Date.UTC(2024, 0, 1));
    expect(new ManualClock(5).now()).toBe(5);
  });

  it('refuses to start before 1970, which no cache can tell from a mark', () => {
    const expected = 'startMs: got -1, must be epoch milliseconds from 0, or a Date from 1970 on';
    expect(() => new ManualClock(-1)).toThrow(expected);
    expect(new ManualClock(0).now()).toBe(0);
  });

  it('stands still until it is moved', () => {
    const clock = new ManualClock(0);
    expect(clock.now()).toBe(clock.now());
    clock.advance(0);
    expect(clock.now()).toBe(0);
  });

  it('advances by milliseconds, by words and by parts', () => {
    const clock = new ManualClock(0);
    clock.advance(250);
    expect(clock.now()).toBe(250);
    clock.advance('5m');
    expect(clock.now()).toBe(300_250);
    clock.advance({ hours: 1 });
    expect(clock.now()).toBe(3_900_250);
  });

  it('can be set to an instant, in the past too', () => {
    const clock = new ManualClock();
    clock.set(1000);
    expect(clock.now()).toBe(1000);
    clock.set(new Date(500));
    expect(clock.now()).toBe(500);
  });

  it.each<[unknown]>([
    [NaN],
    [-1],
    [Infinity],
    ['a while'],
    ['-5m'],
    [{}],
    [null],
    [undefined],
    [new Date(5)],
  ])('refuses to advance by %p', (duration) => {
    const clock = new ManualClock(7);
    expect(() => clock.advance(duration as number)).toThrow(
      new CacheOptionsError(
        'advance',
        duration,
        "milliseconds (0 or more), a duration such as '5m' or { minutes: 5 }",
      ),
    );
    expect(clock.now()).toBe(7);
  });

  it('names the part of a duration that it refuses', () => {
    const clock = new ManualClock(7);
    expect(() => clock.advance({ minutes: -1 })).toThrow('advance.minutes: got -1');
  });

  it.each<[unknown]>([
    [NaN],
    [Infinity],
    [-1],
    [new Date(-1)],
    [new Date(NaN)],
    ['now'],
    [undefined],
  ])('refuses to be set to %p', (instant) => {
    const clock = new ManualClock(7);
    expect(() => clock.set(instant as number)).toThrow(CacheOptionsError);
    expect(clock.now()).toBe(7);
  });

  it('says when it has come so far, to the earliest first', async () => {
    const clock = new ManualClock(0);
    const heard: string[] = [];
    const hear = async (instant: number | Date, what: string): Promise<void> => {
      await clock.reached(instant);
      heard.push(what);
    };
    const late = hear(20, 'late');
    const early = hear(new Date(10), 'early');
    await hear(0, 'now');
    clock.advance(9);
    await Promise.resolve();
    expect(heard).toEqual(['now']);
    clock.set(30);
    await Promise.all([late, early]);
    expect(heard).toEqual(['now', 'early', 'late']);
    expect(() => clock.reached(NaN)).toThrow(CacheOptionsError);
  });

  it('refuses to start nowhere', () => {
    expect(() => new ManualClock(NaN)).toThrow('startMs: got NaN');
  });

  it('is the time of a cache that is given it', () => {
    const clock = new ManualClock();
    const cache = createCache({ clock, cleanup: false });
    cache.memory.set('key', 1, { ttl: '5m' });
    clock.advance(299_999);
    expect(cache.memory.get('key').success).toBe(true);
    clock.advance(1);
    expect(cache.memory.get('key')).toMatchObject({ success: false, reason: 'expired' });
  });
});
