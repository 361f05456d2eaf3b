/** A price on a day, `2009-03-31`. */
export interface DatedPrice {
  date: string;
  price: number;
}

/** The last price of a month, `2009-03`. */
export interface MonthlyPrice {
  month: string;
  price: number;
}

/** All that is known of a ticker, oldest first. */
export interface PriceSeries {
  ticker: string;
  interval: 'daily' | 'monthly';
  prices: readonly DatedPrice[];
  months: readonly MonthlyPrice[];
}

/** The month of a date: `2009-03-31` is in `2009-03`. */
export function monthOf(date: string): string {
  return date.slice(0, 7);
}

/** Keeps the last price of each month. Dates ascend. */
export function toMonthly(prices: readonly DatedPrice[]): MonthlyPrice[] {
  const byMonth = new Map(prices.map(({ date, price }) => [monthOf(date), price]));
  return [...byMonth].map(([month, price]) => ({ month, price }));
}

/** The last day of a month, as a date. */
export function endOfMonth(year: number, month: number): string {
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}
