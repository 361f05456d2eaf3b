import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createCache } from '../../../lib/core.js';
import { CacheOptionsError } from '../../../lib/core/primitives/errors.js';
import { timeoutMsOf } from '../../../lib/core/loading/freshness.js';
import { checkTtl, durationMsOf, expiryOf, type Ttl } from '../../../lib/core/primitives/ttl.js';

const NOW = 1_704_067_200_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('A TTL', () => {
  it.each<[Ttl, number]>([
    [0, 0],
    [-0, 0],
    [1, 1000],
    [0.5, 500],
    [3600, HOUR],
    ['500ms', 500],
    ['30s', 30_000],
    ['30m', 30 * 60_000],
    ['1h', HOUR],
    ['1.5h', 1.5 * HOUR],
    ['.5h', 0.5 * HOUR],
    ['7d', 7 * DAY],
    ['2 days', 2 * DAY],
    ['1 Hour', HOUR],
    ['1w', 7 * DAY],
    ['0s', 0],
    ['2 msecs', 2],
    ['1 millisecond', 1],
    ['2secs', 2000],
    ['1 MINUTE', 60_000],
    ['2mins', 120_000],
    ['3 hrs', 3 * HOUR],
    ['2 weeks', 14 * DAY],
    ['1 year', 365.25 * DAY],
    ['2yrs', 2 * 365.25 * DAY],
    [{ hours: 1, minutes: 30 }, 1.5 * HOUR],
    [{ weeks: 1, days: 1, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 }, 694_861_001],
    [{ minutes: 0 }, 0],
    [{ seconds: 0.25 }, 250],
    [{ hours: Infinity }, Infinity],
    [Infinity, Infinity],
  ])('of %j lasts %d ms', (ttl, lasts) => {
    expect(expiryOf(ttl, NOW)).toBe(NOW + lasts);
  });

  it('that is a date is that instant, before or after now', () => {
    expect(expiryOf(new Date(NOW + 5), NOW)).toBe(NOW + 5);
    expect(expiryOf(new Date(NOW - 5), NOW)).toBe(NOW - 5);
    expect(expiryOf(new Date(-5), NOW)).toBe(-5);
  });

  it('that is a date of another realm is that instant too', () => {
    const date = runInNewContext(`new Date(${NOW + 5})`) as Date;
    expect(expiryOf(date, NOW)).toBe(NOW + 5);
    expect(() => durationMsOf(date, 'pause')).toThrow('must be a duration, not an instant');
    const { memory } = createCache({
      categories: { default: { ttl: date } },
      clock: { now: () => NOW },
    });
    expect(memory.set('key', 1).expiresAt).toBe(NOW + 5);
  });

  it.each<[Ttl, number]>([
    ['25d', 25 * DAY],
    [2 ** 31 / 1000, 2 ** 31],
    [{ days: 400 }, 400 * DAY],
    ['10y', 10 * 365.25 * DAY],
  ])('of %j, beyond 24.8 days, is exact', (ttl, lasts) => {
    expect(expiryOf(ttl, NOW)).toBe(NOW + lasts);
  });
});

describe('What is not a TTL', () => {
  it.each<[string, unknown]>([
    ['NaN', NaN],
    ['a negative number', -1],
    ['a tiny negative number', -Number.MIN_VALUE],
    ['minus infinity', -Infinity],
    ['an empty string', ''],
    ['a number as a string', '30'],
    ['an unknown unit', '5 fortnights'],
    ['a unit alone', 'm'],
    ['a unit before the number', 'm5'],
    ['a number with a point and nothing after it', '5.m'],
    ['a part that every object has', '5 constructor'],
    ['a number with an exponent', '1e3s'],
    ['a line after the duration', '5m\n'],
    ['a negative duration', '-5m'],
    ['two durations', '1h30m'],
    ['a duration with a space in front', ' 5m'],
    ['a very long string', `${'9'.repeat(200)}m`],
    ['the word Infinity', 'Infinity'],
    ['null', null],
    ['undefined', undefined],
    ['a boolean', true],
    ['a bigint', 5n],
    ['a symbol', Symbol('5m')],
    ['a function', () => 5],
    ['an empty object', {}],
    ['an empty list', []],
    ['an invalid date', new Date(NaN)],
  ])('%s: is refused with the name of the option', (_what, ttl) => {
    const attempt = (): void => checkTtl(ttl, 'categories.quotes.ttl');
    expect(attempt).toThrow(CacheOptionsError);
    expect(attempt).toThrow(/^categories\.quotes\.ttl: got .+, must be /);
  });

  it.each<[string, unknown, string]>([
    ['an unknown part', { hour: 1 }, 'ttl.hour: got 1'],
    ['a part inherited by every object', { constructor: 1 }, 'ttl.constructor: got 1'],
    ['a negative part', { hours: 1, minutes: -1 }, 'ttl.minutes: got -1'],
    ['a part that is NaN', { seconds: NaN }, 'ttl.seconds: got NaN'],
    ['a part in words', { seconds: '5' }, 'ttl.seconds: got "5"'],
    ['a list', [5], 'ttl.0: got 5'],
  ])('%s: is refused with the name of the part', (_what, ttl, message) => {
    expect(() => checkTtl(ttl, 'ttl')).toThrow(message);
  });

  it.each<[string, (value: unknown, option: string) => unknown, string]>([
    [
      'a duration',
      durationMsOf,
      "seconds (0 or more), a duration such as '30m', { minutes: 30 } or Infinity",
    ],
    [
      'a timeout',
      timeoutMsOf,
      "seconds (more than 0), a duration such as '30m', { minutes: 30 } or Infinity",
    ],
  ])('%s: is told of no form that would be refused', (_what, read, forms) => {
    for (const value of ['soon', -1, {}, null]) {
      expect(() => read(value, 'pause')).toThrow(`, must be ${forms}`);
    }
  });

  it('shows the value that was refused', () => {
    expect(() => expiryOf('5 parsecs', NOW)).toThrow('ttl: got "5 parsecs", must be seconds');
  });
});

describe('A number of seconds that looks like milliseconds', () => {
  let emitted: jest.SpiedFunction<typeof process.emitWarning>;
  beforeEach(() => {
    emitted = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  });
  afterEach(() => emitted.mockRestore());

  it('is warned of once in the process, and taken as it is', () => {
    const tenYears = 10 * 365 * 86_400;
    expect(expiryOf(tenYears, 0)).toBe(tenYears * 1000);
    expiryOf(Infinity, 0);
    expect(emitted).not.toHaveBeenCalled();
    expect(expiryOf(tenYears + 1, 0, 'defaultTtl')).toBe((tenYears + 1) * 1000);
    expiryOf(1_800_000_000, 0);
    expect(emitted).toHaveBeenCalledTimes(1);
    expect(emitted.mock.calls[0]![0]).toMatch(/^defaultTtl: .* were milliseconds meant\?$/);
  });
});
