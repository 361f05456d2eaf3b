import { describe, expect, it } from '@jest/globals';
import { readCsv } from '../../../sample-app/market-data/csv.js';
import { loadPriceTable } from '../../../sample-app/market-data/price-files.js';
import { parsePriceTable } from '../../../sample-app/market-data/price-table.js';
import { returnsOf } from '../../../sample-app/finance/returns.js';
import { pearson } from '../../../sample-app/finance/correlation.js';

describe('readCsv', () => {
  it('picks columns by name, whatever their order and the line ends', () => {
    const rows = readCsv('a,b,c\r\n1,2,3\r\n4,5,6\r\n', ['c', 'a']);
    expect(rows).toEqual([
      { c: '3', a: '1' },
      { c: '6', a: '4' },
    ]);
  });

  it('keeps empty fields, and reads a header alone as no rows', () => {
    expect(readCsv('a,b\n,2', ['a', 'b'])).toEqual([{ a: '', b: '2' }]);
    expect(readCsv('a,b\n', ['a'])).toEqual([]);
  });

  it.each([
    ['a missing column', 'a,b\n1,2', /line 1: no column "price"/],
    ['a missing field', 'a,price\n1,2\n3', /line 3: "3" is not 2 plain fields/],
    ['a field too many', 'a,price\n1,2,3', /line 2/],
    ['quotes', 'a,price\n"1",2', /line 2/],
    ['an empty line in the middle', 'a,price\n\n1,2', /line 2/],
    ['an empty file', '', /line 1/],
  ])('refuses %s, by line', (_, text, message) => {
    expect(() => readCsv(text, ['a', 'price'])).toThrow(message);
  });
});

describe('parsePriceTable', () => {
  const index = 'date,close\n2000-01-03,10\n2000-01-31,11\n2000-02-01,12\n';

  it('dates the price of a month at its end, and sorts', () => {
    const stocks = 'symbol,date,price\nX,Feb 1 2000,6\nX,Jan 1 2000,5\n';
    const table = parsePriceTable(stocks, index);
    expect(table.get('X')).toEqual({
      ticker: 'X',
      interval: 'monthly',
      prices: [
        { date: '2000-01-31', price: 5 },
        { date: '2000-02-29', price: 6 },
      ],
      months: [
        { month: '2000-01', price: 5 },
        { month: '2000-02', price: 6 },
      ],
    });
  });

  it('keeps the index by day, and resamples it to the last day of each month', () => {
    const series = parsePriceTable('symbol,date,price\n', index).get('SPX');
    expect(series?.prices).toHaveLength(3);
    expect(series?.months).toEqual([
      { month: '2000-01', price: 11 },
      { month: '2000-02', price: 12 },
    ]);
  });

  it.each([
    'X,Jan 2 2000,5',
    'X,Foo 1 2000,5',
    'X,Jan 1 2000,',
    'X,Jan 1 2000,-1',
    'X,Jan 1 2000,x',
  ])('refuses %s', (row) => {
    expect(() => parsePriceTable(`symbol,date,price\n${row}\n`, index)).toThrow(/is not/);
  });
});

describe('the real tables', () => {
  const table = loadPriceTable();
  const months = (ticker: string) => table.get(ticker)?.months ?? [];

  it('hold five stocks from 2000 to 2010 and the index to 2020', () => {
    expect([...table.keys()].toSorted()).toEqual(['AAPL', 'AMZN', 'GOOG', 'IBM', 'MSFT', 'SPX']);
    expect(months('AAPL')).toHaveLength(123);
    expect(months('GOOG').at(0)?.month).toBe('2004-08');
    expect(table.get('AAPL')?.prices.at(-1)).toEqual({ date: '2010-03-31', price: 223.02 });
    expect(table.get('SPX')?.prices.at(-1)).toEqual({ date: '2020-04-17', price: 2874.560059 });
    expect(months('SPX').find(({ month }) => month === '2009-03')?.price).toBe(797.869995);
  });

  it('name months alike: stocks move with the index in the same month, not in the next or last', () => {
    const likeness = (ticker: string, shift: number) => {
      const stock = months(ticker)
        .slice(2, -2)
        .map(({ price }) => price);
      const from = months('SPX').findIndex(({ month }) => month === months(ticker)[2]?.month);
      const index = months('SPX').slice(from + shift, from + shift + stock.length);
      return pearson(returnsOf(stock), returnsOf(index.map(({ price }) => price)));
    };
    for (const ticker of ['AAPL', 'AMZN', 'IBM', 'MSFT', 'GOOG']) {
      expect(likeness(ticker, 0)).toBeGreaterThan(0.4);
      expect(Math.abs(likeness(ticker, -1))).toBeLessThan(0.35);
      expect(Math.abs(likeness(ticker, 1))).toBeLessThan(0.35);
    }
  });
});
