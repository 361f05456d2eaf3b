import { NestFactory } from '@nestjs/core';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CacheService } from 'nestjs-tiered-cache';
import { AppModule } from '../../app.module.js';
import { PortfolioService } from '../../portfolio/portfolio.service.js';
import { RetirementService } from '../../retirement/retirement.service.js';
import { countCalls } from '../call-counter.js';
import type { Chapter } from '../chapter.js';
import { averageSyncMs } from '../stopwatch.js';
import { count, dollars, percent } from '../wording.js';

const PLAN = { years: 30, monthly: 500, target: 1_000_000, simulations: 5000, seed: 1 };

export const decoratedService: Chapter = {
  title: '@Cached on a service: the retirement projection',
  async tell({ say, claim }) {
    const app = await NestFactory.createApplicationContext(AppModule, {
      logger: ['error', 'warn'],
    });
    const cache = app.get(CacheService);
    const portfolios = app.get(PortfolioService);
    const retirement = app.get(RetirementService);
    const runs = countCalls(portfolios, 'history'); // each calculation asks for it once

    const { value, positions } = portfolios.valuation('growth');
    say(`Growth: ${positions.map(({ ticker, shares }) => `${shares} ${ticker}`).join(', ')}.`);
    say(
      `Worth ${dollars(value)}; ${dollars(PLAN.monthly)} a month; ${PLAN.years} years; ${count(PLAN.simulations)} futures.`,
    );
    runs.calls = 0;
    const start = performance.now();
    const projection = retirement.project('growth', PLAN);
    const coldMs = performance.now() - start;
    const { p10, p50, p90 } = projection.percentiles;
    say(`One in ten ends below ${dollars(p10)}, half below ${dollars(p50)}.`);
    say(`${percent(projection.probability)} reach ${dollars(PLAN.target)}.`);
    claim('the three percentiles stand in order', p10 < p50 && p50 < p90);
    claim(
      'the method is synchronous, and stayed so: no promise came back',
      !(projection instanceof Promise),
    );

    const again = retirement.project('growth', { ...PLAN });
    claim('asked again with an equal plan, nothing is calculated', runs.calls === 1);
    claim('and the answer is the same', again.percentiles.p50 === p50);
    retirement.project('growth', { ...PLAN, monthly: 600 });
    claim('another plan is another calculation', runs.calls === 2);

    await portfolios.replaceHoldings('growth', [{ ticker: 'IBM', shares: 500 }]);
    const changed = retirement.project('growth', PLAN);
    claim('new holdings, through @CacheEvict: calculated anew', runs.calls === 3);
    claim(
      `and another answer: half end below ${dollars(changed.percentiles.p50)}`,
      changed.percentiles.p50 !== p50,
    );
    const jobs = [...app.get(SchedulerRegistry).getCronJobs().keys()];
    claim(
      `the cleanup stands among the scheduled jobs: ${jobs.join(', ')}`,
      jobs.includes('nestjs-tiered-cache:cleanup'),
    );

    const { hitRate } = cache.getStats().memoryCache;
    const warmMs = averageSyncMs(20_000, () => retirement.project('growth', PLAN));
    await app.close();
    return { what: `projection, ${count(PLAN.simulations)} futures`, coldMs, warmMs, hitRate };
  },
};
