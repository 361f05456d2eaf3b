import type { MonthlyPrice, PriceSeries } from '../market-data/price-series.js';
import type { Holding } from './portfolio.js';

/** A holding with the prices of those months in which every holding of the portfolio has one. */
export interface PricedHolding extends Holding {
  prices: readonly number[];
}

/** A portfolio through time, as if today's shares had been held all along. */
export interface PortfolioHistory {
  months: readonly string[];
  holdings: readonly PricedHolding[];
  /** What all holdings together were worth at the end of each month. */
  values: readonly number[];
}

/** @param months from and to, both included, such as `2004-08` */
export function portfolioHistory(
  holdings: readonly Holding[],
  seriesOf: (ticker: string) => PriceSeries,
  { from, to }: { from: string; to: string },
): PortfolioHistory {
  const tables = holdings.map(({ ticker }) => byMonth(seriesOf(ticker).months));
  const months = [...(tables[0]?.keys() ?? [])].filter(
    (month) => month >= from && month <= to && tables.every((table) => table.has(month)),
  );
  const priced = holdings.map((holding, position) => ({
    ...holding,
    prices: months.map((month) => tables[position]?.get(month) ?? Number.NaN),
  }));
  const values = months.map((_, position) =>
    priced.reduce((sum, { shares, prices }) => sum + shares * (prices[position] ?? 0), 0),
  );
  return { months, holdings: priced, values };
}

function byMonth(months: readonly MonthlyPrice[]): Map<string, number> {
  return new Map(months.map(({ month, price }) => [month, price]));
}
