import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CacheStats } from 'nestjs-tiered-cache';
import type { Valuation } from '../../sample-app/portfolio/portfolio-answers.js';
import type { PortfolioReport } from '../../sample-app/portfolio/portfolio-report.service.js';
import { filesIn } from './files-in.js';
import type { Answer, PlanningClient } from './planning-client.js';
import { ServiceProcess, stopAll } from './service-process.js';

const QUOTE = '/quotes/AAPL';
const HISTORY = '/quotes/SPX/history';
const RETIREMENT = '/portfolios/growth/retirement?simulations=100';
const REPORT = '/portfolios/growth/report';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'restart-'));
});

afterEach(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

async function askAll(client: PlanningClient): Promise<Answer<unknown>[]> {
  const answers: Answer<unknown>[] = [];
  for (const path of [QUOTE, HISTORY, RETIREMENT]) answers.push(await client.get(path));
  return answers;
}

async function statsOf(client: PlanningClient): Promise<CacheStats> {
  return (await client.get<CacheStats>('/cache/stats')).body;
}

describe('npm start on a port that is taken', () => {
  it('says so, and leaves the folder as after any other end', async () => {
    const before = await ServiceProcess.start(folder);
    await askAll(before.client);
    await before.stop('SIGTERM');
    const taken = createServer().listen(0);
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(ServiceProcess.start(folder, port)).rejects.toThrow(
      new RegExp(
        `ended with 1: [^]*^Port ${port} is taken\\. Choose another: PORT=3001 npm start$`,
        'm',
      ),
    );
    taken.close();
    expect(readdirSync(join(folder, '.cache/v1/peers'))).toEqual([]);
  });
});

describe('npm start, a second time', () => {
  it('answers its first requests from the files that a terminated process left', async () => {
    const first = await ServiceProcess.start(folder);
    expect(first.found).toBe('Warm on disk: nothing yet.');
    const before = await askAll(first.client);
    expect(before.map(({ cache }) => cache)).toEqual(['MISS', 'MISS', 'MISS']);
    const { body: report } = await first.client.get<PortfolioReport>(REPORT);
    // At once: what it had begun to write is written before it ends.
    expect(await first.stop('SIGTERM')).toBe('SIGTERM');

    // The history of the index is compressed.
    const largest = Math.max(...filesIn(join(folder, '.cache')).map(({ length }) => length));
    expect(largest).toBeGreaterThan(4096);
    expect(largest).toBeLessThan(JSON.stringify(before[1]?.body).length / 2);

    const { found, client } = await ServiceProcess.start(folder);
    expect(found).toMatch(/^Warm on disk: 7 entries, [\d,]+ bytes \(/);
    expect(found).toMatch(/api_responses 2 entries, [\d,]+ bytes/);
    expect(found).toMatch(/market_data 2 entries, [\d,]+ bytes/);
    expect(found).toMatch(/portfolio 3 entries, [\d,]+ bytes/);
    const after = await askAll(client);
    expect(after.map(({ cache }) => cache)).toEqual(['HIT', 'HIT', 'HIT']);
    expect(after.map(({ body }) => body)).toEqual(before.map(({ body }) => body));

    const { categories, loads } = await statsOf(client);
    expect(categories['api_responses']?.fileCache).toMatchObject({
      hits: 2,
      misses: 0,
      entries: 2,
    });
    expect(categories['api_responses']?.memoryCache).toMatchObject({ hits: 0, entries: 2 });
    expect(categories['portfolio']?.fileCache).toMatchObject({ hits: 1, misses: 0 });
    expect(loads.count).toBe(0);
    const { body } = await client.get<PortfolioReport>(REPORT);
    expect(body.years).toEqual({ ...report.years, source: 'file' });
    expect(body.alikeness).toEqual({ ...report.alikeness, source: 'file' });

    // The next one comes from memory, which the file has filled.
    expect((await client.get(QUOTE)).cache).toBe('HIT');
    const { fileCache, memoryCache } = (await statsOf(client)).categories['api_responses']!;
    expect([fileCache.hits, memoryCache.hits]).toEqual([2, 1]);
  });

  it('does so too after a process that was killed, and serves nothing that was out of date', async () => {
    const holdings = [{ ticker: 'IBM', shares: 7 }];
    const first = await ServiceProcess.start(folder);
    const quote = await first.client.get(QUOTE);
    const old = await first.client.get<Valuation>('/portfolios/growth');
    // Nobody waits for the writes of a killed process: only what is on disk by then is there.
    while ((await statsOf(first.client)).fileCache.sets < 3);
    await first.client.put('/portfolios/growth/holdings', { holdings });
    expect(await first.stop('SIGKILL')).toBe('SIGKILL');

    const { found, client } = await ServiceProcess.start(folder);
    expect(found).toMatch(/^Warm on disk: 2 entries, /);
    expect(await client.get(QUOTE)).toEqual({ ...quote, cache: 'HIT' });
    const { fileCache, loads } = await statsOf(client);
    expect(fileCache).toMatchObject({ hits: 1, errors: 0 });
    expect(loads.count).toBe(0);

    const { cache, body } = await client.get<Valuation>('/portfolios/growth');
    expect(cache).toBe('MISS');
    expect(body.positions).toMatchObject(holdings);
    expect(body.value).not.toBe(old.body.value);
  });
});
