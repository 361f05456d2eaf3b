import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Inject, Injectable, NotFoundException } from '@nestjs/common';
import type { Holding, Portfolio } from './portfolio.js';

export const PORTFOLIO_FILE = Symbol('PORTFOLIO_FILE');

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

/**
 * Stands where a database would. It must remember as long as the cache does: with holdings that went
 * back to what they were at a restart, the answers kept about them would be wrong.
 */
@Injectable()
export class PortfolioRepository {
  constructor(@Inject(PORTFOLIO_FILE) private readonly file: string) {}

  find(portfolioId: string): Portfolio {
    const portfolios = this.#read();
    const portfolio = portfolios.find((one) => one.portfolioId === portfolioId);
    if (!portfolio) {
      const known = portfolios.map((one) => one.portfolioId).join(', ');
      throw new NotFoundException(`Unknown portfolio ${portfolioId}. Known: ${known}`);
    }
    return portfolio;
  }

  replaceHoldings(portfolioId: string, holdings: readonly Holding[]): Portfolio {
    const changed = { ...this.find(portfolioId), holdings };
    this.#write(this.#read().map((one) => (one.portfolioId === portfolioId ? changed : one)));
    return changed;
  }

  #read(): Portfolio[] {
    try {
      return JSON.parse(readFileSync(this.file, 'utf8')) as Portfolio[];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [SEED];
      throw error;
    }
  }

  #write(portfolios: readonly Portfolio[]): void {
    mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.file}.new`, JSON.stringify(portfolios), { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
  }
}
