import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Controller,
  Get,
  Injectable,
  Module,
  NotFoundException,
  type OnApplicationShutdown,
  Param,
  Query,
} from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CachePut, CacheService } from 'nestjs-tiered-cache';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';
import { deferred } from '../support/deferred.js';

const RATES = new Map([['EUR', { bid: 1n, at: new Date(1_704_067_200_000) }]]);

let runs = 0;
let folder: string;
let directory: string;
let reached = deferred<void>();
let gate = deferred<void>();

@Injectable()
class QuotesService {
  @Cached(3600, 'api_responses', true)
  async rates(day: Date): Promise<{ run: number; day: Date; rates: typeof RATES }> {
    return { run: ++runs, day, rates: RATES };
  }

  @CachePut({ key: (name: string) => name, useFileCache: true })
  async save(_name: string, value: Date): Promise<Date> {
    return value;
  }

  @CachePut({ key: (name: string) => name, tiers: ['file'] })
  saveBelow(_name: string, value: Date): Promise<Date> {
    return Promise.resolve(value);
  }

  @Cached({ ttl: 3600, tiers: ['memory', 'file'], tags: ['history'] })
  async history(ticker: string): Promise<string> {
    return `${ticker} ${++runs}`;
  }
}

@Controller()
class QuotesController {
  @Get('quotes/:ticker')
  @Cached(3600, 'api_responses', true)
  quote(@Param('ticker') ticker: string, @Query('full') full?: string): object {
    return { ticker, full, run: ++runs };
  }

  @Get('missing')
  @Cached(3600, 'api_responses', true)
  missing(): never {
    runs++;
    throw new NotFoundException();
  }

  @Get('slow')
  @Cached(3600, 'api_responses', true)
  async slow(): Promise<string> {
    reached.resolve();
    await gate.promise;
    return `slow ${++runs}`;
  }
}

@Controller()
class OnceController {
  @Get('once')
  @Cached({ ttl: 3600, category: 'api_responses', useFileCache: true, lock: 'machine' })
  async once(): Promise<string> {
    reached.resolve();
    await gate.promise;
    return `once ${++runs}`;
  }
}

/** Uses the cache on its way down, as an application would to save something. */
@Injectable()
class LateUser implements OnApplicationShutdown {
  constructor(private readonly cache: CacheService) {}

  onApplicationShutdown(): void {
    void this.cache.wrap('shutdown', () => 'late', { category: 'api_responses' });
  }
}

@Module({ providers: [QuotesService], exports: [QuotesService] })
class QuotesModule {}

const start = (platform: (typeof PLATFORMS)[number]): Promise<HttpApplication> =>
  HttpApplication.start(
    platform,
    {
      imports: [QuotesModule],
      controllers: [QuotesController, OnceController],
      providers: [LateUser],
    },
    { file: { directory }, cleanup: false },
  );

beforeEach(() => {
  runs = 0;
  reached = deferred<void>();
  gate = deferred<void>();
  folder = mkdtempSync(join(tmpdir(), 'file-tier-'));
  directory = join(folder, 'cache');
});

afterEach(async () => {
  gate.resolve();
  await closeAll();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(PLATFORMS)('On %s, a restart of the application', (platform) => {
  it('leaves the answers of a route', async () => {
    const first = await start(platform);
    const cold = await first.fetch('/quotes/AAPL');
    const body = await cold.text();
    expect([cold.status, cold.headers.get('x-cache')]).toEqual([200, 'MISS']);
    await first.app.close();

    const second = await start(platform);
    const warm = await second.fetch('/quotes/AAPL');
    expect([warm.status, warm.headers.get('x-cache')]).toEqual([200, 'HIT']);
    expect(await warm.text()).toBe(body);
    for (const name of ['content-type', 'etag']) {
      expect(warm.headers.get(name)).toBe(cold.headers.get(name));
    }
    expect(runs).toBe(1);
    expect(await second.get('/quotes/AAPL?full=yes')).toMatchObject({ cache: 'MISS' });
    expect(await second.get('/quotes/MSFT')).toMatchObject({ cache: 'MISS' });
    const { categories } = second.app.get(CacheService).getStats();
    expect(categories.api_responses!.fileCache).toMatchObject({ hits: 1, misses: 2 });
  });

  it('leaves no answer that failed', async () => {
    const first = await start(platform);
    expect(await first.get('/missing')).toMatchObject({ status: 404 });
    await first.app.close();
    const second = await start(platform);
    expect(await second.get('/missing')).toMatchObject({ status: 404, cache: 'MISS' });
    expect(runs).toBe(2);
  });

  it('leaves what a provider has computed, with its types', async () => {
    const day = new Date(1_704_067_200_000);
    const first = await start(platform);
    const cold = await first.app.get(QuotesService).rates(day);
    await first.app.close();
    const service = (await start(platform)).app.get(QuotesService);
    const warm = await service.rates(new Date(day));
    expect(warm).toEqual(cold);
    expect(warm).not.toBe(cold);
    expect(warm.day).toBeInstanceOf(Date);
    expect(warm.rates.get('EUR')).toEqual({ bid: 1n, at: day });
    expect(runs).toBe(1);
    await service.rates(new Date(0));
    expect(runs).toBe(2);
  });

  it('leaves what @CachePut has stored', async () => {
    const day = new Date(1_704_067_200_000);
    const first = await start(platform);
    const service = first.app.get(QuotesService);
    await service.save('both', day);
    await service.saveBelow('below', day);
    const { memory } = first.app.get(CacheService);
    expect([memory.has('both'), memory.has('below')]).toEqual([true, false]);
    await first.app.close();
    const cache = (await start(platform)).app.get(CacheService);
    const results = await cache.getMany(['both', 'below'], { tiers: ['file'] });
    expect(results.map(({ value }) => value)).toEqual([day, day]);
  });

  it('leaves nothing that was invalidated', async () => {
    const first = await start(platform);
    await first.app.get(QuotesService).history('AAPL');
    await first.get('/quotes/AAPL');
    const cache = first.app.get(CacheService);
    await cache.invalidateTags(['history']);
    await cache.clear('api_responses');
    await first.app.close();
    const second = await start(platform);
    expect(await second.app.get(QuotesService).history('AAPL')).toBe('AAPL 3');
    expect(await second.get('/quotes/AAPL')).toMatchObject({ cache: 'MISS' });
  });

  it('answers the requests that are still running, and waits for what they keep', async () => {
    const first = await start(platform);
    const asking = first.get('/slow');
    await reached.promise;
    const closing = first.app.close();
    gate.resolve();
    const cold = await asking;
    expect(cold).toEqual({ status: 200, cache: 'MISS', body: 'slow 1' });
    await closing;
    expect(first.app.get(CacheService).closed).toBe(true);
    const second = await start(platform);
    expect(await second.get('/slow')).toEqual({ ...cold, cache: 'HIT' });
  });
});

describe('An application that is closed', () => {
  it('holds nothing of its folder any more', async () => {
    const { app } = await start('Express');
    await app.get(QuotesService).history('AAPL');
    await app.close();
    rmSync(directory, { recursive: true });
    expect(await app.get(QuotesService).history('AAPL')).toBe('AAPL 2');
    expect(existsSync(directory)).toBe(false);
  });

  it('shares its folder with an application that runs beside it', async () => {
    const [one, two] = [await start('Express'), await start('Fastify')];
    expect(await one.app.get(QuotesService).history('AAPL')).toBe('AAPL 1');
    await one.app.close();
    expect(await two.app.get(QuotesService).history('AAPL')).toBe('AAPL 1');
  });
});

describe('A route with `lock`', () => {
  it("of 'machine' waits for the one who loads it already", async () => {
    const one = await start('Express');
    const two = await start('Fastify');
    const first = one.get('/once');
    await reached.promise;
    const second = two.get('/once');
    gate.resolve();
    expect(await Promise.all([first, second])).toMatchObject([
      { body: 'once 1' },
      { body: 'once 1' },
    ]);
    expect(runs).toBe(1);
  });
});
