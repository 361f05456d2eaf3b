import { describe, expect, it } from '@jest/globals';
import { calendarYearReturns } from '../../../sample-app/finance/calendar-years.js';
import { annualisedReturn, returnsOf, totalReturn } from '../../../sample-app/finance/returns.js';

describe('returnsOf', () => {
  it('gives the change from each value to the next', () => {
    const [up, down] = returnsOf([100, 110, 99]);
    expect(up).toBeCloseTo(0.1, 12);
    expect(down).toBeCloseTo(-0.1, 12);
  });

  it('has nothing to give for fewer than two values', () => {
    expect(returnsOf([])).toEqual([]);
    expect(returnsOf([100])).toEqual([]);
  });
});

describe('totalReturn', () => {
  it('compounds: a tenth up and a tenth down is one per cent lost', () => {
    expect(totalReturn([0.1, -0.1])).toBeCloseTo(-0.01, 12);
  });

  it('is the change from the first value to the last', () => {
    expect(totalReturn(returnsOf([80, 100, 60, 120]))).toBeCloseTo(0.5, 12);
  });
});

describe('annualisedReturn', () => {
  it('takes the square root of two years: 44 % in 24 months is 20 % a year', () => {
    expect(annualisedReturn(0.44, 24)).toBeCloseTo(0.2, 12);
  });

  it('squares half a year: 10 % in 6 months is 21 % a year', () => {
    expect(annualisedReturn(0.1, 6)).toBeCloseTo(0.21, 12);
  });
});

describe('calendarYearReturns', () => {
  it('counts each year from the last month of the year before', () => {
    const months = ['2007-11', '2007-12', '2008-06', '2008-12', '2009-01'];
    const years = calendarYearReturns(months, [100, 110, 200, 55, 66]);
    expect(years.map(({ year }) => year)).toEqual(['2007', '2008', '2009']);
    expect(years[0]?.return).toBeCloseTo(0.1, 12);
    expect(years[1]?.return).toBeCloseTo(-0.5, 12);
    expect(years[2]?.return).toBeCloseTo(0.2, 12);
  });
});
