import { describe, expect, it } from '@jest/globals';
import { toMonthly } from '../../../sample-app/market-data/price-series.js';
import type { DatedPrice, PriceSeries } from '../../../sample-app/market-data/price-series.js';
import { portfolioHistory } from '../../../sample-app/portfolio/portfolio-history.js';

const PRICES: Record<string, DatedPrice[]> = {
  OLD: [
    { date: '2000-01-31', price: 1 },
    { date: '2000-02-29', price: 2 },
    { date: '2000-03-31', price: 3 },
    { date: '2000-04-30', price: 4 },
  ],
  NEW: [
    { date: '2000-02-29', price: 10 },
    { date: '2000-03-31', price: 20 },
    { date: '2000-04-30', price: 30 },
    { date: '2000-05-31', price: 40 },
  ],
};

function seriesOf(ticker: string): PriceSeries {
  const prices = PRICES[ticker] ?? [];
  return { ticker, interval: 'monthly', prices, months: toMonthly(prices) };
}

describe('portfolioHistory', () => {
  const holdings = [
    { ticker: 'OLD', shares: 100 },
    { ticker: 'NEW', shares: 2 },
  ];

  it('covers the months that all holdings share, and adds up their worth', () => {
    const history = portfolioHistory(holdings, seriesOf, { from: '0001-01', to: '9999-12' });
    expect(history.months).toEqual(['2000-02', '2000-03', '2000-04']);
    expect(history.values).toEqual([220, 340, 460]);
    expect(history.holdings.map(({ prices }) => prices)).toEqual([
      [2, 3, 4],
      [10, 20, 30],
    ]);
  });

  it('keeps to the range, both ends included', () => {
    const history = portfolioHistory(holdings, seriesOf, { from: '2000-03', to: '2000-03' });
    expect(history.values).toEqual([340]);
  });

  it('is empty where nothing overlaps', () => {
    const history = portfolioHistory(holdings, seriesOf, { from: '2001-01', to: '9999-12' });
    expect(history.months).toEqual([]);
    expect(history.values).toEqual([]);
  });
});
