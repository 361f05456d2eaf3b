import { BadRequestException, Inject, Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { MarketDataService } from '../market-data/market-data.service.js';
import type { Holding } from './portfolio.js';

/** More than anybody holds, and few enough for no sum of money to become infinite. */
const MOST_SHARES = 1e10;

/** Takes `{ "holdings": [{ "ticker": "IBM", "shares": 10 }] }` and nothing else. */
@Injectable()
export class HoldingsPipe implements PipeTransform<unknown, Holding[]> {
  constructor(@Inject(MarketDataService) private readonly marketData: MarketDataService) {}

  transform(body: unknown): Holding[] {
    const listed = field(body, 'holdings');
    if (!Array.isArray(listed) || listed.length === 0) {
      throw new BadRequestException('holdings: must be a list of at least one holding');
    }
    const holdings = listed.map((entry: unknown, at) => this.#holding(entry, `holdings[${at}]`));
    if (new Set(holdings.map(({ ticker }) => ticker)).size < holdings.length) {
      throw new BadRequestException('holdings: each ticker may stand there once');
    }
    return holdings;
  }

  #holding(entry: unknown, at: string): Holding {
    const ticker = field(entry, 'ticker');
    const shares = field(entry, 'shares');
    const known = this.marketData.tickers;
    if (typeof ticker !== 'string' || !known.includes(ticker.toUpperCase())) {
      throw new BadRequestException(`${at}.ticker: must be one of ${known.join(', ')}`);
    }
    if (typeof shares !== 'number' || !(shares > 0 && shares <= MOST_SHARES)) {
      throw new BadRequestException(`${at}.shares: must be a number above 0, up to ${MOST_SHARES}`);
    }
    return { ticker: ticker.toUpperCase(), shares };
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
