import { Controller, Get, HttpException, Req } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import { cacheFolders } from '../scenario/support/cache-folder.js';
import { until } from '../support/turns.js';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

interface Request {
  user?: string;
}

let runs = 0;
let status = 200;

function answer(): string {
  runs++;
  if (status !== 200) throw new HttpException('no', status);
  return `run ${runs}`;
}

@Controller()
class Documents {
  @Get('memory')
  @Cached({ ttl: 10, scope: 'public', staleIfError: '1d', allowClientRefresh: true })
  memory(): string {
    return answer();
  }

  @Get('file')
  @Cached({ ttl: 10, scope: 'public', staleIfError: '1d', tiers: ['file'] })
  file(): string {
    return answer();
  }

  @Get('plain')
  @Cached({ ttl: 60, scope: 'public', allowClientRefresh: true })
  plain(): string {
    return answer();
  }

  @Get('renewed')
  @Cached({ ttl: 10, scope: 'public', staleWhileRevalidate: '1d' })
  renewed(): string {
    return answer();
  }

  /** It comes out only here who asks. */
  @Get('late')
  @Cached({ ttl: 10, staleIfError: '1d' })
  late(@Req() request: Request): string {
    if (status !== 200) request.user = 'Ann';
    return answer();
  }
}

const newFolder = cacheFolders();
let clock: ManualClock;

beforeEach(() => {
  runs = 0;
  status = 200;
  clock = new ManualClock(1_000_000);
});

describe.each(PLATFORMS)('a handler on %s that fails where an old answer is kept', (platform) => {
  let http: HttpApplication;

  beforeEach(async () => {
    const { directory } = newFolder();
    const options = { clock, file: { directory }, logger: { warn: () => {}, error: () => {} } };
    http = await HttpApplication.start(platform, { controllers: [Documents] }, options);
  });

  afterEach(closeAll);

  const seen = async (path: string, headers = {}): Promise<string> => {
    const { status: got, cache } = await http.get(path, headers);
    return `${got} ${cache}`;
  };

  describe.each(['/memory', '/file'])('(%s)', (path) => {
    beforeEach(async () => {
      expect(await seen(path)).toBe('200 MISS');
      clock.advance('20s');
    });

    it.each([401, 403, 404, 410])('by %d has that sent, and ends it', async (code) => {
      status = code;
      expect(await seen(path)).toBe(`${code} MISS`);
      status = 503;
      clock.advance('2s');
      expect(await seen(path)).toBe('503 MISS');
    });

    it.each([400, 409, 418, 422])('by %d has that sent, and leaves it', async (code) => {
      status = code;
      expect(await seen(path)).toBe(`${code} MISS`);
      expect(await seen(path)).toBe(`${code} MISS`);
      status = 503;
      expect(await seen(path)).toBe('200 STALE');
    });

    it.each([408, 429, 500, 502, 503, 504])('by %d has the old one sent', async (code) => {
      status = code;
      expect(await seen(path)).toBe('200 STALE');
    });
  });

  it.each(['/memory', '/plain'])('ends a fresh one, too: %s', async (path) => {
    expect(await seen(path)).toBe('200 MISS');
    status = 404;
    expect(await seen(path, { 'cache-control': 'no-cache' })).toBe('404 MISS');
    expect(await seen(path)).toBe('404 MISS');
  });

  it('ends it without the client, by a renewal', async () => {
    expect(await seen('/renewed')).toBe('200 MISS');
    clock.advance('20s');
    status = 410;
    expect(await seen('/renewed')).toBe('200 STALE');
    await until(async () => (await seen('/renewed')) === '410 MISS');
    expect(http.app.get(CacheService).memory.keys()).toEqual([]);
  });

  it('leaves it where that was for one user', async () => {
    expect(await seen('/late')).toBe('200 MISS');
    clock.advance('20s');
    status = 403;
    expect(await seen('/late')).toMatch(/^403/);
    status = 503;
    expect(await seen('/late')).toBe('200 STALE');
  });

  it('has what those got who waited', async () => {
    expect(await seen('/memory')).toBe('200 MISS');
    clock.advance('20s');
    status = 404;
    const waiting = Array.from({ length: 3 }, () => seen('/memory'));
    expect(await Promise.all(waiting)).toEqual(Array(3).fill('404 MISS'));
  });
});
