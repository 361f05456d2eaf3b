import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CacheStats } from 'nestjs-tiered-cache';
import type { Quote } from '../../sample-app/market-data/market-data.service.js';
import type { Valuation } from '../../sample-app/portfolio/portfolio-answers.js';
import type { PortfolioReport } from '../../sample-app/portfolio/portfolio-report.service.js';
import { ServiceProcess, stopAll, type Answer } from './service-process.js';

const QUOTE = '/quotes/AAPL';
const HISTORY = '/quotes/SPX/history';
const RETIREMENT = '/portfolios/growth/retirement?simulations=100';
const KEY = 'aa'.repeat(32);
const OTHER_KEY = 'bb'.repeat(32);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'restart-'));
});

afterEach(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

/** Every file of the cache, whole. */
function filesOfCache(): Buffer[] {
  return readdirSync(join(folder, '.cache'), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, '.cache', name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path));
}

async function statsOf(service: ServiceProcess): Promise<CacheStats> {
  return (await service.get<CacheStats>('/cache/stats')).body;
}

describe('npm start, a second time', () => {
  it('answers its first requests from the files that a terminated process left', async () => {
    const first = await ServiceProcess.start(folder);
    expect(first.found).toBe('Warm on disk: nothing yet.');
    const before: Answer<unknown>[] = [];
    for (const path of [QUOTE, HISTORY, RETIREMENT]) before.push(await first.get(path));
    expect(before.map(({ cache }) => cache)).toEqual(['MISS', 'MISS', 'MISS']);
    // At once: what it had begun to write is written before it ends.
    expect(await first.stop('SIGTERM')).toBe('SIGTERM');

    const second = await ServiceProcess.start(folder);
    expect(second.found).toMatch(
      /^Warm on disk: 5 entries, [\d,]+ bytes \(.*api_responses 2 entries, [\d,]+ bytes/,
    );
    expect(second.found).toMatch(/market_data 2 entries, [\d,]+ bytes/);
    expect(second.found).toMatch(/portfolio 1 entry, [\d,]+ bytes/);
    const after: Answer<unknown>[] = [];
    for (const path of [QUOTE, HISTORY, RETIREMENT]) after.push(await second.get(path));
    expect(after).toEqual(before.map((answer) => ({ ...answer, cache: 'HIT' })));

    const { categories, loads } = await statsOf(second);
    expect(categories['api_responses']?.fileCache).toMatchObject({
      hits: 2,
      misses: 0,
      entries: 2,
    });
    expect(categories['api_responses']?.memoryCache).toMatchObject({ hits: 0, entries: 2 });
    expect(categories['portfolio']?.fileCache).toMatchObject({ hits: 1, misses: 0 });
    expect(loads.count).toBe(0);

    // The next one comes from memory, which the file has filled.
    expect((await second.get(QUOTE)).cache).toBe('HIT');
    const { fileCache, memoryCache } = await statsOf(second);
    expect([fileCache.hits, memoryCache.hits]).toEqual([3, 1]);
  });

  it('does so too after a process that was killed', async () => {
    const first = await ServiceProcess.start(folder);
    const before = await first.get<Quote>(QUOTE);
    // Nobody waits for a killed process: only what was on disk by then is there.
    while ((await statsOf(first)).fileCache.sets < 2);
    expect(await first.stop('SIGKILL')).toBe('SIGKILL');

    const second = await ServiceProcess.start(folder);
    expect(second.found).toMatch(/^Warm on disk: 2 entries, /);
    expect(await second.get<Quote>(QUOTE)).toEqual({ ...before, cache: 'HIT' });
    const { fileCache, loads } = await statsOf(second);
    expect(fileCache).toMatchObject({ hits: 1, errors: 0 });
    expect(loads.count).toBe(0);
  });

  it('compresses what is large', async () => {
    const first = await ServiceProcess.start(folder);
    const { body } = await first.get(HISTORY);
    await first.stop('SIGTERM');
    const sizes = filesOfCache().map(({ length }) => length);
    expect(Math.max(...sizes)).toBeGreaterThan(4096);
    expect(Math.max(...sizes)).toBeLessThan(JSON.stringify(body).length / 2);
  });

  it('has a report say which of its parts came from a file', async () => {
    const path = '/portfolios/growth/report';
    const first = await ServiceProcess.start(folder);
    const before = await first.get<PortfolioReport>(path);
    await first.stop('SIGTERM');
    const second = await ServiceProcess.start(folder);
    const { body } = await second.get<PortfolioReport>(path);
    expect(body.years).toEqual({ ...before.body.years, source: 'file' });
    expect(body.alikeness).toMatchObject({ available: true, source: 'file' });
  });
});

describe('new holdings, and a restart', () => {
  const holdings = [{ ticker: 'IBM', shares: 7 }];

  it('are remembered, and what they made wrong stays away', async () => {
    const first = await ServiceProcess.start(folder);
    const old = await first.get<Valuation>('/portfolios/growth');
    expect((await first.put('/portfolios/growth/holdings', { holdings })).status).toBe(200);
    await first.stop('SIGTERM');

    const second = await ServiceProcess.start(folder);
    const { cache, body } = await second.get<Valuation>('/portfolios/growth');
    expect(cache).toBe('MISS');
    expect(body.positions).toMatchObject(holdings);
    expect(body.value).not.toBe(old.body.value);
    await second.stop('SIGTERM');

    const third = await ServiceProcess.start(folder);
    expect(await third.get('/portfolios/growth')).toMatchObject({ cache: 'HIT', body });
  });
});

describe('a key for people’s portfolios', () => {
  const owned = '/portfolios/growth';
  const secret = Buffer.from('positions');

  it('encrypts them, and nobody reads them with another', async () => {
    const first = await ServiceProcess.start(folder, { CACHE_ENCRYPTION_KEYS: KEY });
    const before = await first.get<Valuation>(owned);
    await first.get(QUOTE);
    await first.stop('SIGTERM');
    expect(filesOfCache().some((file) => file.includes('changeRate'))).toBe(true);
    expect(filesOfCache().some((file) => file.includes(secret))).toBe(false);

    const rotated = { CACHE_ENCRYPTION_KEYS: `${OTHER_KEY}, ${KEY}` };
    const second = await ServiceProcess.start(folder, rotated);
    expect(await second.get<Valuation>(owned)).toEqual({ ...before, cache: 'HIT' });
    await second.stop('SIGTERM');

    const third = await ServiceProcess.start(folder, { CACHE_ENCRYPTION_KEYS: OTHER_KEY });
    expect(await third.get<Valuation>(owned)).toEqual({ ...before, cache: 'MISS' });
    expect((await third.get(QUOTE)).cache).toBe('HIT');
    const { categories } = await statsOf(third);
    expect(categories['portfolio']?.fileCache.errors).toBe(1);
  });

  it('is no longer needed where it is not given, and stops the boot if it is none', async () => {
    const first = await ServiceProcess.start(folder);
    await first.get(owned);
    await first.stop('SIGTERM');
    expect(filesOfCache().some((file) => file.includes(secret))).toBe(true);

    const start = ServiceProcess.start(folder, { CACHE_ENCRYPTION_KEYS: 'aa,bb' });
    await expect(start).rejects.toThrow(/categories\.portfolio\.encryption\.keys\[0\]/);
  });
});
