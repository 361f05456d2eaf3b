import { Controller, Get, Param } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cached, CacheService, type Ttl } from 'nestjs-tiered-cache';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';
import { until } from '../support/turns.js';

let runs = 0;
let lifetime: Ttl = 60;
let isNothing = false;

interface Body {
  seconds: number;
  tag: string;
}

@Controller()
class Routes {
  @Get('jitter')
  @Cached({ ttl: 60, jitter: 0.5 })
  jitter(): string {
    return `${++runs}`;
  }

  @Get('found/:what')
  @Cached({ ttl: 60, negativeTtl: 5 })
  found(@Param('what') what: string): string | null {
    runs++;
    return what === 'nothing' ? null : what;
  }

  @Get('forced')
  @Cached({ ttl: 60, forceRefresh: true })
  forced(): string {
    return `${++runs}`;
  }

  @Get('of-value/:seconds')
  @Cached({
    ttl: ({ seconds }: Body) => seconds,
    tags: ({ tag }: Body) => [tag],
    cacheIf: ({ seconds }: Body) => seconds < 100,
    staleWhileRevalidate: 30,
  })
  ofValue(@Param('seconds') seconds: string): Body & { run: number } {
    return { seconds: Number(seconds), tag: `of ${seconds}`, run: ++runs };
  }

  @Get('ended')
  @Cached({
    ttl: () => lifetime,
    negativeTtl: 0,
    staleWhileRevalidate: '1h',
    staleIfError: '1h',
    allowClientRefresh: true,
  })
  ended(): string | null {
    runs++;
    return isNothing ? null : `run ${runs}`;
  }

  @Get('until')
  @Cached({ ttl: new Date(1_030_000) })
  until(): string {
    return `${++runs}`;
  }

  @Get('failing')
  @Cached({ ttl: 60, staleIfError: '10m' })
  failing(): string {
    if (++runs > 1) throw new Error('the source is down');
    return 'run 1';
  }

  @Get('tagged')
  @Cached({ ttl: 60, tags: ['tagged'], refreshAhead: 0.5, staleIfError: '1h', softTimeout: '1s' })
  tagged(): string {
    return `${++runs}`;
  }
}

let clock: ManualClock;

beforeEach(() => {
  runs = 0;
  lifetime = 60;
  isNothing = false;
  clock = new ManualClock(1_000_000);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await closeAll();
});

describe.each(PLATFORMS)('a load option on a route of %s', (platform) => {
  let http: HttpApplication;
  let cache: CacheService;

  beforeEach(async () => {
    const logger = { warn: () => {}, error: () => {} };
    http = await HttpApplication.start(platform, { controllers: [Routes] }, { clock, logger });
    cache = http.app.get(CacheService);
  });

  const cacheOf = async (path: string) => (await http.get(path)).cache;

  it('jitter: shortens the TTL', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.999);
    await http.get('/jitter');
    clock.advance(29_000);
    expect(await cacheOf('/jitter')).toBe('HIT');
    clock.advance(2000);
    expect(await cacheOf('/jitter')).toBe('MISS');
  });

  it('negativeTtl: is of nothing only, and told', async () => {
    const nothing = await http.fetch('/found/nothing');
    expect(nothing.headers.get('cache-control')).toBe('public, max-age=5');
    await http.get('/found/gold');
    clock.advance(4999);
    expect([await cacheOf('/found/nothing'), await cacheOf('/found/gold')]).toEqual(['HIT', 'HIT']);
    clock.advance(1);
    expect([await cacheOf('/found/nothing'), await cacheOf('/found/gold')]).toEqual([
      'MISS',
      'HIT',
    ]);
  });

  it('forceRefresh: runs the handler each time', async () => {
    const bodies = [];
    for (let time = 0; time < 3; time++) bodies.push((await http.get('/forced')).body);
    expect(bodies).toEqual(['1', '2', '3']);
    expect(await cacheOf('/forced')).toBe('MISS');
  });

  it('ttl, tags and cacheIf: are asked with the value, also by a renewal', async () => {
    await http.get('/of-value/10');
    clock.advance(11_000);
    expect(await cacheOf('/of-value/10')).toBe('STALE');
    let answer = await http.get('/of-value/10');
    while (answer.cache === 'STALE') answer = await http.get('/of-value/10');
    expect(answer).toMatchObject({ cache: 'HIT', body: expect.stringContaining('"run":2') });
    await cache.invalidateTags(['of 10']);
    expect(await cacheOf('/of-value/10')).toBe('MISS');
    expect([await cacheOf('/of-value/100'), await cacheOf('/of-value/100')]).toEqual([
      'MISS',
      'MISS',
    ]);
  });

  it('ttl: may be an instant', async () => {
    const miss = await http.fetch('/until');
    expect(miss.headers.get('cache-control')).toBe('public, max-age=30');
    clock.advance(29_999);
    expect(await cacheOf('/until')).toBe('HIT');
    clock.advance(1);
    expect([await cacheOf('/until'), await cacheOf('/until')]).toEqual(['MISS', 'MISS']);
  });

  const overs: [string, () => void][] = [
    ['ttl: of 0', () => (lifetime = 0)],
    ['ttl: that is past', () => (lifetime = new Date(1_000_000))],
    ['negativeTtl: of 0', () => (isNothing = true)],
  ];

  it.each(overs)('%s ends what was there, when a client asks anew', async (_of, end) => {
    expect(await http.get('/ended')).toMatchObject({ cache: 'MISS', body: 'run 1' });
    end();
    const anew = await http.fetch('/ended', { headers: { 'cache-control': 'no-cache' } });
    expect(anew.headers.get('x-cache')).toBe('MISS');
    expect(anew.headers.get('cache-control')).toBeNull();
    expect([await cacheOf('/ended'), await cacheOf('/ended')]).toEqual(['MISS', 'MISS']);
    expect(runs).toBe(4);
  });

  it.each(overs)('%s ends what was there, by a renewal', async (_of, end) => {
    await http.get('/ended');
    end();
    clock.advance(61_000);
    expect(await http.get('/ended')).toMatchObject({ cache: 'STALE', body: 'run 1' });
    await until(async () => (await cacheOf('/ended')) === 'MISS');
    expect(await cacheOf('/ended')).toBe('MISS');
  });

  it('staleIfError: asks a failing handler again only after a pause', async () => {
    await http.get('/failing');
    clock.advance(61_000);
    for (let time = 0; time < 3; time++) {
      expect(await http.get('/failing')).toMatchObject({ cache: 'STALE', body: 'run 1' });
    }
    expect(runs).toBe(2);
  });

  it('tags: an invalidated answer is not served stale', async () => {
    await http.get('/tagged');
    clock.advance(61_000);
    await cache.invalidateTags(['tagged']);
    expect(await http.get('/tagged')).toMatchObject({ cache: 'MISS', body: '2' });
  });

  it.each([
    ['signal', { signal: new AbortController().signal }],
    ['refreshAhead', { refreshAhead: 2 }],
    ['jitter', { jitter: -1 }],
    ['staleWhileRevalidate', { staleWhileRevalidate: 'soon' }],
    ['staleIfError', { staleIfError: -1 }],
    ['softTimeout', { softTimeout: Number.NaN }],
    ['hardTimeout', { hardTimeout: '5 fortnights' }],
    ['negativeTtl', { negativeTtl: true }],
    ['ignoreQuery', { ignoreQuery: 'utm_*' }],
    ['ignoreQuery', { ignoreQuery: ['utm_*'], key: () => 'a' }],
    ['allowClientRefresh', { allowClientRefresh: 'yes' }],
  ])('%s: what cannot be is refused at boot', async (name, options) => {
    @Controller()
    class Refused {
      @Get()
      @Cached(options as never)
      get(): string {
        return '';
      }
    }
    const starting = HttpApplication.start(platform, { controllers: [Refused] });
    await expect(starting).rejects.toThrow(`Refused.get @Cached.${name}`);
  });
});
