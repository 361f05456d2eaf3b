import { describe, expect, it } from '@jest/globals';
import { ALL_DATES, parseDateRange } from '../../../sample-app/market-data/date-range.js';

describe('parseDateRange', () => {
  it('takes both ends, one, or none', () => {
    expect(parseDateRange('2008-09-15', '2009-03-09')).toEqual({
      from: '2008-09-15',
      to: '2009-03-09',
    });
    expect(parseDateRange(undefined, '2009-03-09').from).toBe(ALL_DATES.from);
    expect(parseDateRange(undefined, undefined)).toEqual(ALL_DATES);
  });

  it.each(['2001-02-30', '2001-13-01', '2001-1-1', 'yesterday', '', '20010101', ['2001-01-01'], 7])(
    'refuses %j and names the parameter',
    (value) => {
      expect(() => parseDateRange(value, undefined)).toThrow(/^from: .* is not a date/);
      expect(() => parseDateRange(undefined, value)).toThrow(/^to: .* is not a date/);
    },
  );

  it('knows leap years', () => {
    expect(parseDateRange('2004-02-29', undefined).from).toBe('2004-02-29');
    expect(() => parseDateRange('2003-02-29', undefined)).toThrow(RangeError);
  });

  it('refuses a range that ends before it begins', () => {
    expect(() => parseDateRange('2009-01-01', '2008-01-01')).toThrow(/is after/);
  });
});
