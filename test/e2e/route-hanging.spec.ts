import { get, type ServerResponse } from 'node:http';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  type NestInterceptor,
  RequestTimeoutException,
} from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import { merge, mergeMap, type Observable, Subject, take, throwError } from 'rxjs';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';
import { deferred } from '../support/deferred.js';
import { until } from '../support/turns.js';

/** What ends a handler at work. */
let runs: (() => void)[] = [];
let left = deferred<void>();
/** How many of the next requests are patient. */
let patient = 0;
/** Has all others who wait, wait no longer. */
let impatience = new Subject<void>();

async function answer(): Promise<object> {
  const { promise, resolve } = deferred<void>();
  const run = runs.push(resolve);
  await promise;
  return { run };
}

@Controller()
class Routes {
  @Get('hanging')
  @Cached(60)
  hanging(): Promise<object> {
    return answer();
  }

  @Get('renewed')
  @Cached({ ttl: 60, staleWhileRevalidate: '1h', allowClientRefresh: true })
  renewed(): Promise<object> {
    return answer();
  }
}

/** As those around `timeout` of rxjs are. */
const timingOut: NestInterceptor = {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (patient > 0) {
      patient--;
      return next.handle();
    }
    const over = impatience.pipe(mergeMap(() => throwError(() => new RequestTimeoutException())));
    return merge(next.handle(), over).pipe(take(1));
  },
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  runs = [];
  patient = 0;
  left = deferred<void>();
  impatience = new Subject();
});
afterEach(() => {
  for (const end of runs) end();
  impatience.next();
  return closeAll();
});

describe.each(PLATFORMS)('A handler on %s whose request was answered by another', (platform) => {
  let app: HttpApplication;
  let cache: CacheService;
  const clock = new ManualClock(1_000_000);

  beforeEach(async () => {
    const prepare = (made: INestApplication): void => {
      made.use((_request: object, response: ServerResponse, next: () => void) => {
        response.once('close', () => {
          if (!response.writableFinished) left.resolve();
        });
        next();
      });
      made.useGlobalInterceptors(timingOut);
    };
    app = await HttpApplication.start(platform, { controllers: [Routes] }, { clock }, prepare);
    cache = app.app.get(CacheService);
  });

  const run = async (path: string, count: number): Promise<string> => {
    const asked = app.get(path);
    await until(() => runs.length === count);
    runs[count - 1]!();
    const { status, cache: said, body } = await asked;
    return `${status} ${said} ${body}`;
  };

  const hang = async (): Promise<void> => {
    const asked = app.get('/hanging');
    await until(() => runs.length === 1);
    impatience.next();
    expect((await asked).status).toBe(408);
  };

  it('keeps no later request waiting', async () => {
    await hang();
    expect(await run('/hanging', 2)).toBe('200 MISS {"run":2}');
    runs[0]!();
    await turn();
    expect(await app.get('/hanging')).toMatchObject({ cache: 'HIT', body: '{"run":2}' });
  });

  it('has nothing kept of what it gives too late', async () => {
    await hang();
    runs[0]!();
    await turn();
    expect(cache.memory.keys()).toEqual([]);
    expect(await run('/hanging', 2)).toBe('200 MISS {"run":2}');
  });

  it('leaves its place to one of those who wait', async () => {
    const first = app.get('/hanging');
    await until(() => runs.length === 1);
    patient = 3;
    const others = [1, 2, 3].map(() => app.get('/hanging'));
    await until(() => cache.getStats().loads.coalesced === 3);
    impatience.next();
    expect((await first).status).toBe(408);
    await until(() => runs.length === 2);
    await turn();
    runs[1]!();
    for (const other of await Promise.all(others)) {
      expect(other).toEqual({ status: 200, cache: 'MISS', body: '{"run":2}' });
    }
    expect(runs.length).toBe(2);
  });

  it('keeps no later request waiting where its client had left before', async () => {
    const client = get(`${await app.app.getUrl()}/hanging`).on('error', () => undefined);
    await until(() => runs.length === 1);
    client.destroy();
    await left.promise;
    impatience.next();
    await turn();
    expect(await run('/hanging', 2)).toBe('200 MISS {"run":2}');
  });

  it('leaves those who wait for a renewal their own', async () => {
    expect(await run('/renewed', 1)).toBe('200 MISS {"run":1}');
    patient = 1;
    const anew = app.get('/renewed', { 'cache-control': 'no-cache' });
    await until(() => runs.length === 2);
    impatience.next();
    await until(() => runs.length === 3);
    runs[2]!();
    expect(await anew).toEqual({ status: 200, cache: 'BYPASS', body: '{"run":3}' });
    expect(await app.get('/renewed')).toMatchObject({ cache: 'HIT', body: '{"run":1}' });
  });
});
