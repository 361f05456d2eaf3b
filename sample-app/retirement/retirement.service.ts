import { Inject, Injectable } from '@nestjs/common';
import { Cached } from 'nestjs-tiered-cache';
import { simulateWealth } from '../finance/monte-carlo.js';
import { percentile } from '../finance/percentile.js';
import { seededRandom } from '../finance/random.js';
import { returnsOf } from '../finance/returns.js';
import { toCents, toRate } from '../finance/round.js';
import { portfolioTags } from '../portfolio/portfolio.js';
import { PortfolioService } from '../portfolio/portfolio.service.js';
import type { RetirementPlan } from './retirement-plan.js';

export interface RetirementProjection {
  portfolioId: string;
  plan: RetirementPlan;
  /** The portfolio's value today. */
  start: number;
  /** Final wealth that one in ten, half, and nine in ten futures stay below. */
  percentiles: { p10: number; p50: number; p90: number };
  /** Share of the futures that reach the target, 0 to 1. */
  probability: number;
}

@Injectable()
export class RetirementService {
  constructor(@Inject(PortfolioService) private readonly portfolios: PortfolioService) {}

  /** The expensive one. It is synchronous, and stays so with its answers cached in memory. */
  @Cached({ ttl: '30m', category: 'calculations', tags: portfolioTags })
  project(portfolioId: string, plan: RetirementPlan): RetirementProjection {
    const { values } = this.portfolios.history(portfolioId);
    const start = values.at(-1) ?? Number.NaN;
    const savings = { start, monthly: plan.monthly, months: plan.years * 12 };
    const random = seededRandom(plan.seed);
    const outcomes = simulateWealth(returnsOf(values), savings, plan.simulations, random);
    const wealthAt = (share: number) => toCents(percentile(outcomes, share));
    const reached = outcomes.filter((wealth) => wealth >= plan.target).length;
    return {
      portfolioId,
      plan,
      start: toCents(start),
      percentiles: { p10: wealthAt(0.1), p50: wealthAt(0.5), p90: wealthAt(0.9) },
      probability: toRate(reached / outcomes.length),
    };
  }
}
