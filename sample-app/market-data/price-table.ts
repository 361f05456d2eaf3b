import { readCsv } from './csv.js';
import { endOfMonth, toMonthly } from './price-series.js';
import type { DatedPrice, PriceSeries } from './price-series.js';

/** The ticker under which the S&P 500 index is served. */
export const INDEX_TICKER = 'SPX';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Every price the service knows, by ticker. */
export type PriceTable = ReadonlyMap<string, PriceSeries>;

/**
 * @param stocks `symbol,date,price`: one price a month, adjusted for splits and dividends
 * @param index `date,...,close,...`: one line a day
 */
export function parsePriceTable(stocks: string, index: string): PriceTable {
  const bySymbol = new Map<string, DatedPrice[]>();
  for (const { symbol, date, price } of readCsv(stocks, ['symbol', 'date', 'price'])) {
    const series = bySymbol.get(symbol) ?? [];
    series.push({ date: monthEnd(date), price: parsePrice(price) });
    bySymbol.set(symbol, series);
  }
  const days = readCsv(index, ['date', 'close']).map(({ date, close }) => ({
    date,
    price: parsePrice(close),
  }));
  const series = [...bySymbol].map(([ticker, prices]) => toSeries(ticker, 'monthly', prices));
  series.push(toSeries(INDEX_TICKER, 'daily', days));
  return new Map(series.map((one) => [one.ticker, one]));
}

function toSeries(
  ticker: string,
  interval: PriceSeries['interval'],
  prices: DatedPrice[],
): PriceSeries {
  prices.sort((a, b) => (a.date < b.date ? -1 : 1));
  return { ticker, interval, prices, months: toMonthly(prices) };
}

/** The table names a month by its first day (`Jan 1 2000`) and gives the price of its end. */
function monthEnd(date: string): string {
  const [name = '', day, year] = date.split(' ');
  const month = MONTHS.indexOf(name) + 1;
  if (month === 0 || day !== '1' || !/^\d{4}$/.test(year ?? '')) {
    throw new Error(`"${date}" is not the first day of a month`);
  }
  return endOfMonth(Number(year), month);
}

function parsePrice(text: string): number {
  const price = text === '' ? Number.NaN : Number(text);
  if (!(price > 0 && price < Infinity)) throw new Error(`"${text}" is not a price`);
  return price;
}
