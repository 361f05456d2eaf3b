import { loadPriceTable } from '../market-data/price-files.js';
import type { DatedPrice } from '../market-data/price-series.js';

const table = loadPriceTable();

export const TICKERS = [...table.keys()].toSorted();

/** Every price of a ticker, oldest first. */
export function pricesOf(ticker: string): readonly DatedPrice[] {
  return table.get(ticker)?.prices ?? [];
}

/** The last price of a ticker. */
export function lastPrice(ticker: string): number {
  return pricesOf(ticker).at(-1)?.price ?? Number.NaN;
}
