import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import type { CacheStats } from 'nestjs-tiered-cache';
import { AppModule } from '../../sample-app/app.module.js';
import type { PriceHistory, Quote } from '../../sample-app/market-data/market-data.service.js';
import type {
  Correlation,
  Performance,
  Valuation,
} from '../../sample-app/portfolio/portfolio-answers.js';
import type { PortfolioReport } from '../../sample-app/portfolio/portfolio-report.service.js';
import { RetirementService } from '../../sample-app/retirement/retirement.service.js';
import type { RetirementProjection } from '../../sample-app/retirement/retirement.service.js';

interface Answer<T> {
  status: number;
  cache: string | null;
  body: T;
}

interface Failure {
  message: string;
}

let app: INestApplication;
let url: string;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'financial-planning-'));
  process.env['CACHE_DIRECTORY'] = join(folder, 'cache');
  process.env['DATA_DIRECTORY'] = join(folder, 'data');
  const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = testing.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask<T>(route: string, init?: RequestInit): Promise<Answer<T>> {
  const answer = await fetch(`${url}${route}`, init);
  const body = (await answer.json()) as T;
  return { status: answer.status, cache: answer.headers.get('x-cache'), body };
}

function put<T>(body: unknown, id = 'growth'): Promise<Answer<T>> {
  return ask(`/portfolios/${id}/holdings`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

describe('quotes', () => {
  it('gives the last price and its change against the month before', async () => {
    const { status, body } = await ask<Quote>('/quotes/AAPL');
    expect(status).toBe(200);
    // 223.02 after 204.62
    expect(body).toEqual({
      ticker: 'AAPL',
      date: '2010-03-31',
      price: 223.02,
      change: 18.4,
      changeRate: 0.089923,
    });
  });

  it('compares the index, which is daily, with the end of the month before', async () => {
    const { body } = await ask<Quote>('/quotes/spx');
    expect(body).toMatchObject({ ticker: 'SPX', date: '2020-04-17', change: 289.97 });
  });

  it('is answered from the cache the second time, and passed by for who has credentials', async () => {
    const first = await ask<Quote>('/quotes/IBM');
    const second = await ask<Quote>('/quotes/IBM');
    expect([first.cache, second.cache]).toEqual(['MISS', 'HIT']);
    expect(second.body).toEqual(first.body);
    for (const headers of [{ authorization: 'Bearer x' }, { cookie: 'session=x' }]) {
      expect((await ask('/quotes/IBM', { headers })).cache).toBe('BYPASS');
    }
  });

  it('does not know every ticker, says which, and does not keep that', async () => {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const { status, body, cache } = await ask<Failure>('/quotes/TSLA');
      expect(status).toBe(404);
      expect(body.message).toContain('AAPL, AMZN, GOOG, IBM, MSFT, SPX');
      expect(cache).not.toBe('HIT');
    }
  });
});

describe('history', () => {
  it('keeps to the range, by day for the index', async () => {
    const { body } = await ask<PriceHistory>('/quotes/SPX/history?from=2008-09-12&to=2008-09-16');
    expect(body.interval).toBe('daily');
    expect(body.prices).toEqual([
      { date: '2008-09-12', price: 1251.699951 },
      { date: '2008-09-15', price: 1192.699951 },
      { date: '2008-09-16', price: 1213.599976 },
    ]);
  });

  it('gives everything without a range, and another answer for another range', async () => {
    const all = await ask<PriceHistory>('/quotes/MSFT/history');
    const some = await ask<PriceHistory>('/quotes/MSFT/history?from=2010-01-01');
    expect(all.body.prices).toHaveLength(123);
    expect(some.body.prices).toHaveLength(3);
    expect(some.cache).toBe('MISS');
  });

  it.each(['from=yesterday', 'to=2001-02-30', 'from=2009-01-01&to=2008-01-01', 'from=a&from=b'])(
    'refuses %s',
    async (query) => {
      const { status, body } = await ask<Failure>(`/quotes/MSFT/history?${query}`);
      expect(status).toBe(400);
      expect(body.message).toMatch(/^(from|to): /);
    },
  );
});

describe('portfolios', () => {
  it('are worth what their holdings are worth in the last month all have a price', async () => {
    const { body } = await ask<Valuation>('/portfolios/growth');
    expect(body.month).toBe('2010-03');
    const apple = body.positions.find(({ ticker }) => ticker === 'AAPL');
    expect(apple).toMatchObject({ shares: 40, price: 223.02, value: 8920.8 });
    const weights = body.positions.reduce((sum, { weight }) => sum + weight, 0);
    expect(weights).toBeCloseTo(1, 5);
  });

  it('performed as their only holding did', async () => {
    await put({ holdings: [{ ticker: 'IBM', shares: 3 }] });
    const query = 'from=2008-01-01&to=2009-12-31';
    const { body } = await ask<Performance>(`/portfolios/growth/performance?${query}`);
    const { body: history } = await ask<PriceHistory>(`/quotes/IBM/history?${query}`);
    const prices = history.prices.map(({ price }) => price);
    const total = (prices.at(-1) ?? 0) / (prices.at(0) ?? 0) - 1;
    expect(body).toMatchObject({ from: '2008-01', to: '2009-12' });
    expect(body.totalReturn).toBeCloseTo(total, 6);
    expect(body.annualisedReturn).toBeCloseTo((1 + total) ** (12 / 23) - 1, 6);
  });

  it('correlate their holdings over the months they share', async () => {
    const { body } = await ask<Correlation>('/portfolios/growth/correlation');
    expect(body.tickers).toEqual(['AAPL', 'AMZN', 'IBM', 'MSFT', 'SPX']);
    expect(body.matrix.map((row, position) => row[position])).toEqual([1, 1, 1, 1, 1]);
    expect(body.matrix.flat().every((value) => value >= -1 && value <= 1)).toBe(true);
  });

  it('are unknown by another name', async () => {
    for (const route of ['', '/performance', '/correlation', '/report', '/retirement']) {
      const { status, body } = await ask<Failure>(`/portfolios/nobody${route}`);
      expect(status).toBe(404);
      expect(body.message).toContain('Known: growth');
    }
    expect((await put({ holdings: [{ ticker: 'IBM', shares: 1 }] }, 'nobody')).status).toBe(404);
  });

  it.each(['', '/performance', '/correlation', '/retirement?years=1&simulations=100'])(
    'are asked for again by a browser, which has no copy of its own to go by: %s',
    async (route) => {
      const path = `${url}/portfolios/growth${route}`;
      const first = await fetch(path);
      expect(first.headers.get('cache-control')).toBe('no-cache');
      const known = { 'if-none-match': first.headers.get('etag') ?? '' };
      expect((await fetch(path, { headers: known })).status).toBe(304);
      await put({
        holdings: [
          { ticker: 'IBM', shares: 2 },
          { ticker: 'MSFT', shares: 3 },
        ],
      });
      const changed = await fetch(path, { headers: known });
      expect([changed.status, changed.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    },
  );

  it('need a few months to say anything', async () => {
    const route = '/portfolios/growth/performance?from=2010-02-01';
    const { status, body } = await ask<Failure>(route);
    expect(status).toBe(422);
    expect(body.message).toContain('2 months');
  });
});

describe('new holdings', () => {
  const holdings = [
    { ticker: 'GOOG', shares: 50 },
    { ticker: 'SPX', shares: 10 },
  ];
  const ROUTES = ['', '/performance', '/correlation', '/retirement?simulations=100'];

  it.each(ROUTES)('evict what depends on them: GET /portfolios/growth%s', async (route) => {
    const before = await ask(`/portfolios/growth${route}`);
    expect((await ask(`/portfolios/growth${route}`)).cache).toBe('HIT');
    expect((await put({ holdings })).status).toBe(200);
    const after = await ask(`/portfolios/growth${route}`);
    expect(after.cache).toBe('MISS');
    expect(after.body).not.toEqual(before.body);
  });

  it('leave alone what does not depend on them', async () => {
    await ask('/quotes/IBM');
    await put({ holdings });
    expect((await ask('/quotes/IBM')).cache).toBe('HIT');
  });

  it('change the report, and a section that fails does not take the others with it', async () => {
    const { body: first } = await ask<PortfolioReport>('/portfolios/growth/report');
    const { body: second } = await ask<PortfolioReport>('/portfolios/growth/report');
    expect(first.years).toMatchObject({ available: true, source: 'function' });
    expect(second.years).toMatchObject({ available: true, source: 'memory' });
    expect(first.alikeness).toMatchObject({ available: true });

    await put({ holdings: [{ ticker: 'IBM', shares: 1 }] });
    const { status, body: third } = await ask<PortfolioReport>('/portfolios/growth/report');
    expect(status).toBe(200);
    expect(third.years).toMatchObject({ available: true, source: 'function' });
    expect(third.alikeness).toEqual({ available: false, reason: 'A single holding is like none' });
  });

  it.each([
    [undefined, /^holdings: /],
    [{}, /^holdings: /],
    [{ holdings: [] }, /^holdings: /],
    [{ holdings: [{ ticker: 'TSLA', shares: 1 }] }, /^holdings\[0\]\.ticker: must be one of AAPL/],
    [{ holdings: [{ ticker: 'IBM', shares: 0 }] }, /^holdings\[0\]\.shares: /],
    [{ holdings: [{ ticker: 'IBM', shares: 1e308 }] }, /^holdings\[0\]\.shares: .* 10000000000$/],
    [{ holdings: [{ ticker: 'IBM', shares: '5' }] }, /^holdings\[0\]\.shares: /],
    [{ holdings: [null] }, /^holdings\[0\]\.ticker: /],
    [{ holdings: [holdings[0], holdings[0]] }, /each ticker/],
  ])('are refused when they are %j, and nothing changes', async (body, message) => {
    const before = await ask('/portfolios/growth');
    const { status, body: failure } = await put<Failure>(body);
    expect(status).toBe(400);
    expect(failure.message).toMatch(message);
    expect((await ask('/portfolios/growth')).body).toEqual(before.body);
  });
});

describe('retirement', () => {
  const route = '/portfolios/growth/retirement?years=10&simulations=500';

  it('projects wealth, the same for the same seed', async () => {
    const { body } = await ask<RetirementProjection>(route);
    const { p10, p50, p90 } = body.percentiles;
    expect(p10).toBeLessThan(p50);
    expect(p50).toBeLessThan(p90);
    expect(body.plan).toMatchObject({ years: 10, monthly: 500, simulations: 500, seed: 1 });
    await put({ holdings: [{ ticker: 'IBM', shares: 1 }] });
    const other = await ask<RetirementProjection>(`${route}&seed=2`);
    expect(other.body.percentiles.p50).not.toBe(p50);
  });

  it('stays synchronous, and calculates once for equal plans', () => {
    const retirement = app.get(RetirementService);
    const plan = { years: 5, monthly: 100, target: 1, simulations: 100, seed: 3 };
    const first = retirement.project('growth', plan);
    expect(first.probability).toBe(1);
    expect(retirement.project('growth', { ...plan })).toBe(first);
    expect(retirement.project('growth', { ...plan, seed: 4 })).not.toBe(first);
  });

  it('runs once for fifty requests at once', async () => {
    await Promise.all(Array.from({ length: 50 }, () => ask(route)));
    const { body } = await ask<CacheStats>('/cache/stats');
    expect(body.categories['calculations']?.memoryCache.sets).toBe(1);
  });

  it('refuses a plan it cannot run', async () => {
    const { status, body } = await ask<Failure>('/portfolios/growth/retirement?simulations=1e9');
    expect(status).toBe(400);
    expect(body.message).toMatch(/^simulations: /);
  });
});

describe('the cache of the service', () => {
  it('tells what it is worth, by category', async () => {
    await ask('/quotes/IBM');
    await ask('/quotes/IBM');
    const { status, body } = await ask<CacheStats>('/cache/stats');
    expect(status).toBe(200);
    expect(body.categories['api_responses']?.memoryCache).toMatchObject({ hits: 1, misses: 1 });
    expect(body.categories['market_data']?.memoryCache.entries).toBe(1);
    expect(body.memoryCache.hitRate).toBeGreaterThan(0);
    // Memory had the second answer: the file was asked once, for the first.
    expect(body.categories['api_responses']?.fileCache).toMatchObject({ hits: 0, misses: 1 });
    expect(body.fileCache.misses).toBe(2);
  });

  it('is cleaned by a job that stands in the registry of the application', () => {
    const jobs = app.get(SchedulerRegistry).getCronJobs();
    expect([...jobs.keys()]).toEqual(['nestjs-tiered-cache:cleanup']);
  });
});
