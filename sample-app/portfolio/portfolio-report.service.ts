import { Inject, Injectable, UnprocessableEntityException } from '@nestjs/common';
import { CacheService } from 'nestjs-tiered-cache';
import type { CacheSource } from 'nestjs-tiered-cache';
import { calendarYearReturns } from '../finance/calendar-years.js';
import type { YearReturn } from '../finance/calendar-years.js';
import { averageCorrelation } from '../finance/correlation.js';
import { toRate } from '../finance/round.js';
import { portfolioTag } from './portfolio.js';
import { PortfolioService } from './portfolio.service.js';

/** A part of a report; one that fails does not take the others with it. */
export type Section<T> =
  { available: true; source: CacheSource; value: T } | { available: false; reason: string };

export interface PortfolioReport {
  portfolioId: string;
  name: string;
  value: number;
  years: Section<YearReturn[]>;
  /** Average correlation of the holdings, two by two: the lower, the better spread. */
  alikeness: Section<number>;
}

/** Uses the injected service, not a decorator: what failed is part of its answer. */
@Injectable()
export class PortfolioReportService {
  constructor(
    @Inject(CacheService) private readonly cache: CacheService,
    @Inject(PortfolioService) private readonly portfolios: PortfolioService,
  ) {}

  async report(portfolioId: string): Promise<PortfolioReport> {
    const { name, value } = this.portfolios.valuation(portfolioId);
    const [years, alikeness] = await Promise.all([
      this.#section(portfolioId, 'years', () => this.#years(portfolioId)),
      this.#section(portfolioId, 'alikeness', () => this.#alikeness(portfolioId)),
    ]);
    return { portfolioId, name, value, years, alikeness };
  }

  async #section<T>(portfolioId: string, title: string, compute: () => T): Promise<Section<T>> {
    const result = await this.cache.getOrSet(`report:${portfolioId}:${title}`, compute, {
      category: 'portfolio',
      tags: [portfolioTag(portfolioId)],
    });
    if (result.success) return { available: true, source: result.source, value: result.value };
    return { available: false, reason: result.error?.message ?? result.reason };
  }

  #years(portfolioId: string): YearReturn[] {
    const { months, values } = this.portfolios.history(portfolioId);
    const years = calendarYearReturns(months, values);
    return years.map((one) => ({ year: one.year, return: toRate(one.return) }));
  }

  #alikeness(portfolioId: string): number {
    const { matrix } = this.portfolios.correlation(portfolioId);
    if (matrix.length < 2) throw new UnprocessableEntityException('A single holding is like none');
    return toRate(averageCorrelation(matrix));
  }
}
