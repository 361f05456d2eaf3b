import { Inject, Injectable, UnprocessableEntityException } from '@nestjs/common';
import { CacheEvict, Cached } from 'nestjs-tiered-cache';
import { correlationMatrix } from '../finance/correlation.js';
import { maxDrawdown } from '../finance/drawdown.js';
import { annualisedReturn, returnsOf, totalReturn } from '../finance/returns.js';
import { toCents, toRate } from '../finance/round.js';
import { annualisedVolatility } from '../finance/volatility.js';
import { ALL_DATES } from '../market-data/date-range.js';
import type { DateRange } from '../market-data/date-range.js';
import { MarketDataService } from '../market-data/market-data.service.js';
import { monthOf } from '../market-data/price-series.js';
import type { Correlation, Performance, Valuation } from './portfolio-answers.js';
import { portfolioHistory } from './portfolio-history.js';
import type { PortfolioHistory } from './portfolio-history.js';
import { portfolioTag, portfolioTags } from './portfolio.js';
import type { Holding, Portfolio } from './portfolio.js';
import { PortfolioRepository } from './portfolio.repository.js';

/** Below this, a deviation of monthly returns says nothing. */
const LEAST_MONTHS = 3;

@Injectable()
export class PortfolioService {
  constructor(
    @Inject(PortfolioRepository) private readonly portfolios: PortfolioRepository,
    @Inject(MarketDataService) private readonly marketData: MarketDataService,
  ) {}

  @CacheEvict({ tags: (portfolioId: string) => [portfolioTag(portfolioId)] })
  async replaceHoldings(portfolioId: string, holdings: readonly Holding[]): Promise<Portfolio> {
    return this.portfolios.replaceHoldings(portfolioId, holdings);
  }

  @Cached({ ttl: '10m', category: 'calculations', tags: portfolioTags })
  valuation(portfolioId: string): Valuation {
    const { name } = this.portfolios.find(portfolioId);
    const { months, holdings, values } = this.history(portfolioId);
    const total = values.at(-1) ?? Number.NaN;
    const positions = holdings.map(({ ticker, shares, prices }) => {
      const price = prices.at(-1) ?? Number.NaN;
      const value = shares * price;
      return { ticker, shares, price, value: toCents(value), weight: toRate(value / total) };
    });
    return { portfolioId, name, month: months.at(-1) ?? '', value: toCents(total), positions };
  }

  @Cached({ ttl: '10m', category: 'calculations', tags: portfolioTags })
  performance(portfolioId: string, range: DateRange = ALL_DATES): Performance {
    const { months, values } = this.history(portfolioId, range);
    const returns = returnsOf(values);
    const total = totalReturn(returns);
    const { depth, peak, trough } = maxDrawdown(values);
    const month = (position: number) => months.at(position) ?? '';
    return {
      portfolioId,
      from: month(0),
      to: month(-1),
      totalReturn: toRate(total),
      annualisedReturn: toRate(annualisedReturn(total, returns.length)),
      volatility: toRate(annualisedVolatility(returns)),
      maxDrawdown: { depth: toRate(depth), from: month(peak), to: month(trough) },
    };
  }

  @Cached({ ttl: '10m', category: 'calculations', tags: portfolioTags })
  correlation(portfolioId: string): Correlation {
    const { months, holdings } = this.history(portfolioId);
    const matrix = correlationMatrix(holdings.map(({ prices }) => returnsOf(prices)));
    return {
      portfolioId,
      from: months.at(0) ?? '',
      to: months.at(-1) ?? '',
      tickers: holdings.map(({ ticker }) => ticker),
      matrix: matrix.map((row) => row.map(toRate)),
    };
  }

  /** @throws UnprocessableEntityException when too few months are left */
  history(portfolioId: string, range: DateRange = ALL_DATES): PortfolioHistory {
    const { holdings } = this.portfolios.find(portfolioId);
    const months = { from: monthOf(range.from), to: monthOf(range.to) };
    const history = portfolioHistory(holdings, (ticker) => this.marketData.series(ticker), months);
    const count = history.months.length;
    if (count < LEAST_MONTHS) {
      throw new UnprocessableEntityException(
        `Prices of all holdings overlap in ${count} months of that range; ${LEAST_MONTHS} are needed`,
      );
    }
    return history;
  }
}
