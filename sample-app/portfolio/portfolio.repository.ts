import { Injectable, NotFoundException } from '@nestjs/common';
import type { Holding, Portfolio } from './portfolio.js';

const SEED: Portfolio = {
  portfolioId: 'growth',
  name: 'Growth',
  holdings: [
    { ticker: 'AAPL', shares: 40 },
    { ticker: 'AMZN', shares: 60 },
    { ticker: 'IBM', shares: 80 },
    { ticker: 'MSFT', shares: 300 },
    { ticker: 'SPX', shares: 25 },
  ],
};

/** Stands where a database would: each application has its own, and it forgets at the end. */
@Injectable()
export class PortfolioRepository {
  readonly #portfolios = new Map([[SEED.portfolioId, SEED]]);

  find(portfolioId: string): Portfolio {
    const portfolio = this.#portfolios.get(portfolioId);
    if (!portfolio) {
      const known = [...this.#portfolios.keys()].join(', ');
      throw new NotFoundException(`Unknown portfolio ${portfolioId}. Known: ${known}`);
    }
    return portfolio;
  }

  replaceHoldings(portfolioId: string, holdings: readonly Holding[]): Portfolio {
    const changed = { ...this.find(portfolioId), holdings };
    this.#portfolios.set(portfolioId, changed);
    return changed;
  }
}
