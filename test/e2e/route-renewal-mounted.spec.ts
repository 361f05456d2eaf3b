import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, type INestApplication, Req } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cached, CacheModule, CacheService } from 'nestjs-tiered-cache';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import { type Platform, PLATFORMS } from './http-application.js';
import { until } from '../support/turns.js';

type Next = (error?: unknown) => void;
type Handle = (request: IncomingMessage, response: ServerResponse, next?: Next) => unknown;

/** An Express application, as far as it is used here. */
type ExpressApplication = Handle & { use(...args: [string, Handle] | [Handle]): unknown };

let runs = 0;
let seen: unknown[] = [];

@Controller()
class Mounted {
  @Get('revalidated/:name')
  @Cached({ ttl: 60, staleWhileRevalidate: '1h' })
  revalidated(@Req() request: { originalUrl: string; url: string; baseUrl?: string }): string {
    const { originalUrl, url, baseUrl } = request;
    seen.push({ originalUrl, url, baseUrl });
    return `run ${++runs}`;
  }

  @Get('if-error')
  @Cached({ ttl: 60, staleIfError: '1h' })
  ifError(): string {
    return `run ${++runs}`;
  }
}

const warnings = jest.fn<(message: string) => void>();
const errors = jest.fn<(message: string) => void>();
let clock: ManualClock;
let app: INestApplication;
let server: Server;

beforeEach(() => {
  runs = 0;
  seen = [];
  warnings.mockClear();
  errors.mockClear();
  clock = new ManualClock(1_000_000);
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await app.close();
});

async function made(platform: Platform): Promise<Handle> {
  const options = { clock, logger: { warn: warnings, error: errors } };
  const module = await Test.createTestingModule({
    imports: [CacheModule.forRoot(options)],
    controllers: [Mounted],
  }).compile();
  const adapter = platform === 'Express' ? new ExpressAdapter() : new FastifyAdapter();
  app = module.createNestApplication(adapter, { logger: false });
  await app.init();
  if (adapter instanceof ExpressAdapter) return adapter.getInstance<Handle>();
  const instance = adapter.getInstance();
  await instance.ready();
  return (request, response) => instance.routing(request, response);
}

const expressApplication = () => new ExpressAdapter().getInstance<ExpressApplication>();

async function listen(handle: Handle): Promise<(path: string) => Promise<string>> {
  server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return async (path) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return `${response.headers.get('x-cache')} ${await response.text()}`;
  };
}

describe.each(PLATFORMS)('Under a path of an Express application, a route on %s', (platform) => {
  it.each(['/api', '/outer/inner'])('is renewed: %s', async (path) => {
    const mounted = await made(platform);
    const slash = path.lastIndexOf('/');
    const between = expressApplication();
    between.use(path.slice(slash), mounted);
    const parent = expressApplication();
    parent.use(path.slice(0, slash) || '/', between);
    const get = await listen(parent);
    expect(await get(`${path}/revalidated/x?a=1`)).toBe('MISS run 1');
    clock.advance(61_000);
    expect(await get(`${path}/revalidated/x?a=1`)).toBe('STALE run 1');
    await until(async () => (await get(`${path}/revalidated/x?a=1`)) === 'HIT run 2');
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toMatchObject({ originalUrl: `${path}/revalidated/x?a=1` });
    expect(await get(`${path}/if-error`)).toBe('MISS run 3');
    clock.advance(61_000);
    expect(await get(`${path}/if-error`)).toBe('MISS run 4');
    expect([warnings.mock.calls, errors.mock.calls]).toEqual([[], []]);
  });

  it('is renewed where the parent has written the address', async () => {
    const mounted = await made(platform);
    const parent = expressApplication();
    parent.use((request, _response, next) => {
      request.url = request.url!.replace('/old/', '/api/');
      next!();
    });
    parent.use('/api', mounted);
    const get = await listen(parent);
    expect(await get('/old/revalidated/x')).toBe('MISS run 1');
    clock.advance(61_000);
    expect(await get('/old/revalidated/x')).toBe('STALE run 1');
    await until(async () => (await get('/old/revalidated/x')) === 'HIT run 2');
  });

  it('says once that its renewals are refused, and does not take that for a failure of its source', async () => {
    const mounted = await made(platform);
    // Nobody can know what came before it.
    const get = await listen((request, response) => {
      Object.assign(request, { originalUrl: `/elsewhere${request.url}` });
      mounted(request, response);
    });
    expect(await get('/if-error')).toBe('MISS run 1');
    clock.advance(61_000);
    expect(await get('/if-error')).toBe('BYPASS run 2');
    expect(await get('/if-error')).toBe('BYPASS run 3');
    expect(warnings.mock.calls).toEqual([
      [
        'Mounted.ifError: a kept answer is not renewed: the request that was to renew it was answered with 404 before it came to the route',
      ],
    ]);
    await get('/revalidated/x');
    clock.advance(61_000);
    expect(await get('/revalidated/x')).toBe('STALE run 4');
    await until(() => warnings.mock.calls.length === 2);
    clock.advance(2000);
    expect(await get('/revalidated/x')).toBe('STALE run 4');
    await until(async () => {
      const { loads } = app.get(CacheService).getStats();
      return loads.failures === 2;
    });
    expect([warnings.mock.calls.length, errors.mock.calls]).toEqual([2, []]);
  });
});
