import { Inject, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import type { Cache } from 'cache-manager';
import {
  CACHE_MANAGER,
  CacheManagerAdapter,
  type CacheManagerOptions,
  CacheModule,
  type CacheModuleOptions,
  CacheOptionsError,
  CacheService,
  createCache,
  provideCacheManager,
} from 'nestjs-tiered-cache';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import { cacheFolders } from '../scenario/support/cache-folder.js';

/** As it was written for `@nestjs/cache-manager`, down to the type. */
@Injectable()
class Quotes {
  constructor(@Inject(CACHE_MANAGER) readonly cache: Cache) {}

  async price(ticker: string): Promise<number> {
    const known = await this.cache.get<number>(ticker);
    return known ?? this.cache.set(ticker, ticker.length, 5000);
  }
}

async function start(options: CacheManagerOptions = {}, cache: CacheModuleOptions = {}) {
  const clock = new ManualClock();
  @Module({ providers: [Quotes, provideCacheManager(options)], exports: [CACHE_MANAGER] })
  class Legacy {}
  const module = await Test.createTestingModule({
    imports: [CacheModule.forRoot({ clock, ...cache }), Legacy],
  }).compile();
  await module.init();
  const service = module.get(CacheService);
  return { clock, module, service, quotes: module.get(Quotes, { strict: false }) };
}

const folders = cacheFolders();

describe('CACHE_MANAGER', () => {
  it('is the token of @nestjs/cache-manager, and gives its methods over the cache', async () => {
    const { module, quotes, service } = await start({ category: 'legacy' });
    expect(CACHE_MANAGER).toBe('CACHE_MANAGER');
    expect(module.get(CACHE_MANAGER, { strict: false })).toBeInstanceOf(CacheManagerAdapter);
    expect(await quotes.price('AAPL')).toBe(4);
    expect(await quotes.price('AAPL')).toBe(4);
    expect(await service.get('AAPL', { category: 'legacy' })).toMatchObject({ value: 4 });
    expect(await service.has('AAPL')).toBe(false);
    expect(quotes.cache.cacheId()).toBe('legacy');
    expect(quotes.cache.stores).toEqual([]);
    expect(await quotes.cache.disconnect()).toBeUndefined();
    await module.close();
  });

  it('counts TTLs in milliseconds, by the clock of the cache', async () => {
    const { clock, module, quotes } = await start({ ttl: 2000 });
    const { cache } = quotes;
    await quotes.price('AAPL');
    await cache.set('own', 1);
    await cache.set('ever', 2, 0);
    expect(await cache.ttl('AAPL')).toBe(clock.now() + 5000);
    expect(await cache.ttl('own')).toBe(clock.now() + 2000);
    expect(await cache.ttl('ever')).toBeUndefined();
    clock.advance(2001);
    expect(await cache.mget(['AAPL', 'own', 'ever'])).toEqual([4, undefined, 2]);
    clock.advance('1000d');
    expect(await cache.mget(['AAPL', 'own', 'ever'])).toEqual([undefined, undefined, 2]);
    await module.close();
  });

  it('has the TTL of its category where none is given', async () => {
    const categories = { legacy: { ttl: 7 } };
    const { clock, module, quotes } = await start({ category: 'legacy' }, { categories });
    await quotes.cache.set('AAPL', 1);
    await quotes.cache.wrap('MSFT', () => 2);
    const at = clock.now() + 7000;
    expect([await quotes.cache.ttl('AAPL'), await quotes.cache.ttl('MSFT')]).toEqual([at, at]);
    await module.close();
  });

  it('clears its own category only', async () => {
    const { module, quotes, service } = await start({ category: 'legacy' });
    await quotes.cache.set('AAPL', 1);
    await service.set('AAPL', 2);
    expect(await quotes.cache.clear()).toBe(true);
    expect(await quotes.cache.get('AAPL')).toBeUndefined();
    expect((await service.get('AAPL')).value).toBe(2);
    await module.close();
  });

  it('keeps the promises of the cache: one run, and nothing deleted comes back', async () => {
    const { module, quotes } = await start();
    const { cache } = quotes;
    let runs = 0;
    let answer!: (value: number) => void;
    const load = (): Promise<number> => {
      runs++;
      return new Promise((resolve) => {
        answer = resolve;
      });
    };
    const asked = [cache.wrap('AAPL', load), cache.wrap('AAPL', load), cache.wrap('AAPL', load)];
    await cache.del('AAPL');
    answer(1);
    expect(await Promise.all(asked)).toEqual([1, 1, 1]);
    expect(runs).toBe(1);
    expect(await cache.get('AAPL')).toBeUndefined();
    await module.close();
  });

  it('rejects where a value cannot be kept, and says so to listeners', async () => {
    const categories = { small: { maxBytes: 2000 } };
    const { module, quotes } = await start({ category: 'small' }, { categories });
    const { cache } = quotes;
    const errors: unknown[] = [];
    cache.on('set', ({ error }) => errors.push(error));
    await expect(cache.set('big', 'x'.repeat(100_000))).rejects.toThrow(/big/);
    await expect(cache.set('bad', 1, NaN)).rejects.toThrow(/ttl/);
    expect(errors).toEqual([expect.any(Error), expect.any(Error)]);
    // A load is handed over all the same.
    expect(await cache.wrap('big', () => 'x'.repeat(100_000))).toHaveLength(100_000);
    await module.close();
  });

  it('tells of what wrap has kept when it can be read, and removed', async () => {
    const file = { directory: folders().directory };
    const { module, quotes } = await start({ tiers: ['memory', 'file'] }, { file });
    const { cache } = quotes;
    const reads: Promise<unknown>[] = [];
    cache.on('set', ({ key }) => {
      reads.push(cache.get(key));
      if (key === 'gone') reads.push(cache.del(key));
    });
    expect(await cache.wrap('AAPL', async () => 1)).toBe(1);
    expect(await cache.wrap('gone', async () => 2)).toBe(2);
    expect(await Promise.all(reads)).toEqual([1, 2, true]);
    expect(await cache.get('gone')).toBeUndefined();
    await module.close();
  });

  it('tells of nothing that wrap has not kept', async () => {
    const categories = { legacy: { cacheIf: (value: unknown) => value !== 'unsettled' } };
    const { module, quotes } = await start({ category: 'legacy' }, { categories });
    const { cache } = quotes;
    const heard: string[] = [];
    cache.on('set', ({ key }) => void heard.push(key));
    expect(await cache.wrap('refused', () => 'unsettled')).toBe('unsettled');
    await expect(cache.wrap('failed', () => Promise.reject(new Error('down')))).rejects.toThrow();
    expect(await cache.wrap('overtaken', () => cache.del('overtaken').then(() => 1))).toBe(1);
    expect(await cache.wrap('kept', () => 2)).toBe(2);
    expect(heard).toEqual(['kept']);
    await module.close();
  });

  it('tells once of what is renewed in the background, when it is there', async () => {
    const categories = { legacy: { ttl: 10, staleWhileRevalidate: 60 } };
    const { clock, module, quotes } = await start({ category: 'legacy' }, { categories });
    const { cache } = quotes;
    await cache.wrap('AAPL', () => 1);
    const heard: unknown[] = [];
    const told = new Promise<void>((resolve) => {
      cache.on('set', ({ key, value }) => {
        heard.push(value);
        void cache.get(key).then((read) => {
          heard.push(read);
          resolve();
        });
      });
    });
    clock.advance('15s');
    expect(await cache.wrap('AAPL', () => 2)).toBe(1);
    await told;
    expect(heard).toEqual([2, 2]);
    await module.close();
  });

  it('rejects with what a listener throws, and keeps the value all the same', async () => {
    const { module, quotes } = await start();
    const { cache } = quotes;
    cache.on('set', () => {
      throw new Error('listener');
    });
    await expect(cache.wrap('AAPL', () => 1)).rejects.toThrow('listener');
    expect(await cache.get('AAPL')).toBe(1);
    await module.close();
  });

  it('takes the TTL of the adapter where a function of the value gives none that can be used', async () => {
    const { clock, module, quotes } = await start({ ttl: 2000 });
    const { cache } = quotes;
    const heard: unknown[] = [];
    cache.on('set', ({ key, error }) => heard.push([key, error]));
    expect(
      await cache.wrap(
        'AAPL',
        () => 1,
        () => NaN,
      ),
    ).toBe(1);
    expect(await cache.wrap('MSFT', () => 2, NaN)).toBe(2);
    expect(await cache.ttl('AAPL')).toBe(clock.now() + 2000);
    expect(await cache.ttl('MSFT')).toBe(clock.now() + 2000);
    expect(heard).toEqual([
      ['AAPL', undefined],
      ['MSFT', undefined],
    ]);
    await module.close();
  });

  const bad: [string, unknown][] = [
    ['provideCacheManager', null],
    ['provideCacheManager', 'legacy'],
    ['provideCacheManager.categroy', { categroy: 'legacy' }],
    ['provideCacheManager.stores', { stores: [] }],
    ['provideCacheManager.category', { category: 5 }],
    ['provideCacheManager.ttl', { ttl: '30m' }],
    ['provideCacheManager.ttl', { ttl: NaN }],
    ['provideCacheManager.ttl', { ttl: -1 }],
    ['provideCacheManager.refreshThreshold', { refreshThreshold: 'abc' }],
    ['provideCacheManager.refreshThreshold', { refreshThreshold: -1 }],
    ['provideCacheManager.tiers', { tiers: ['disk'] }],
    ['provideCacheManager.tiers', { tiers: [] }],
  ];

  it.each(bad)('is not provided with bad options, which are named: %s of %j', (option, options) => {
    const provide = () => provideCacheManager(options as CacheManagerOptions);
    expect(provide).toThrow(CacheOptionsError);
    expect(provide).toThrow(expect.objectContaining({ option }));
  });

  it('fails the boot where a tier is not there', async () => {
    const booting = start({ tiers: ['file'] }, { file: false });
    await expect(booting).rejects.toThrow(
      expect.objectContaining({ option: 'CacheManagerAdapter.tiers' }),
    );
    const service = createCache({ file: false, cleanup: false });
    for (const options of [{ tiers: ['file'] }, { categroy: 'legacy' }, { ttl: '5m' }]) {
      const make = () => new CacheManagerAdapter(service, options as CacheManagerOptions);
      const option = `CacheManagerAdapter.${Object.keys(options)[0]}`;
      expect(make).toThrow(expect.objectContaining({ option }));
    }
    await service.close();
  });

  it('stands beside a CacheService that a test has put in the place of ours', async () => {
    const get = async () => ({ success: true, value: 4 });
    const module = await Test.createTestingModule({
      imports: [CacheModule.forRoot()],
      providers: [provideCacheManager({ tiers: ['memory'] })],
    })
      .overrideProvider(CacheService)
      .useValue({ get })
      .compile();
    const cache = module.get<CacheManagerAdapter>(CACHE_MANAGER);
    expect(await cache.get('AAPL')).toBe(4);
    await module.close();
  });

  it('answers as a cache that is empty where the cache is switched off', async () => {
    const { module, quotes } = await start({}, { enabled: false });
    expect(await quotes.cache.set('AAPL', 1)).toBe(1);
    expect(await quotes.cache.get('AAPL')).toBeUndefined();
    expect(await quotes.cache.wrap('AAPL', () => 2)).toBe(2);
    expect(await quotes.cache.wrap('AAPL', () => 3, { raw: true })).toEqual({ value: 3 });
    await module.close();
  });
});
