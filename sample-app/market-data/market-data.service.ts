import { Inject, Injectable, NotFoundException } from '@nestjs/common';
import { Cached } from 'nestjs-tiered-cache';
import { toCents, toRate } from '../finance/round.js';
import type { DateRange } from './date-range.js';
import type { DatedPrice, PriceSeries } from './price-series.js';
import type { PriceTable } from './price-table.js';

export const PRICE_TABLE = Symbol('PRICE_TABLE');

export interface Quote {
  ticker: string;
  date: string;
  price: number;
  /** Against the end of the month before, in money and as a share. */
  change: number;
  changeRate: number;
}

export interface PriceHistory {
  ticker: string;
  interval: PriceSeries['interval'];
  prices: readonly DatedPrice[];
}

@Injectable()
export class MarketDataService {
  constructor(@Inject(PRICE_TABLE) private readonly table: PriceTable) {}

  get tickers(): string[] {
    return [...this.table.keys()].toSorted();
  }

  @Cached('15m', 'market_data', true)
  async quote(ticker: string): Promise<Quote> {
    const { prices, months } = this.series(ticker);
    const last = prices.at(-1);
    const before = months.at(-2);
    if (!last || !before) throw new NotFoundException(`${ticker} has less than two months`);
    const { date, price } = last;
    const change = toCents(price - before.price);
    return { ticker, date, price, change, changeRate: toRate(price / before.price - 1) };
  }

  @Cached('15m', 'market_data', true)
  async history(ticker: string, { from, to }: DateRange): Promise<PriceHistory> {
    const { interval, prices } = this.series(ticker);
    const inRange = prices.filter(({ date }) => date >= from && date <= to);
    return { ticker, interval, prices: inRange };
  }

  /** A map look-up: nothing to gain from a cache. */
  series(ticker: string): PriceSeries {
    const series = this.table.get(ticker);
    if (!series) {
      const known = this.tickers.join(', ');
      throw new NotFoundException(`Unknown ticker ${ticker}. Known: ${known}`);
    }
    return series;
  }
}
