import { request } from 'node:http';
import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  ImATeapotException,
  HttpException,
  Param,
  Req,
  Res,
  ServiceUnavailableException,
  StreamableFile,
} from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import { from, type Observable } from 'rxjs';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';
import { deferred } from '../support/deferred.js';
import { until } from '../support/turns.js';

/** Which status a handler fails with where the header is sent. */
const CONDITIONS = [
  [416, 'range'],
  [304, 'if-modified-since'],
  [412, 'if-match'],
  [500, 'if-unmodified-since'],
  [429, 'x-client'],
] as const;

interface AnyResponse {
  header(name: string, value: string): void;
}

let runs = 0;
let opening = deferred<void>();

@Controller()
class Routes {
  @Get('failing')
  @Cached({ ttl: 60 })
  async failing(): Promise<never> {
    runs++;
    await opening.promise;
    throw new ImATeapotException();
  }

  @Get('conditional')
  @Cached({ ttl: 60 })
  async conditional(
    @Req() { headers }: { headers: Record<string, string | undefined> },
  ): Promise<string> {
    runs++;
    await opening.promise;
    const [status] = CONDITIONS.find(([, name]) => headers[name] !== undefined) ?? [];
    if (status === 500) throw new Error('not an exception of HTTP');
    if (status !== undefined) throw new HttpException('', status);
    return 'all of it';
  }

  @Get('busy')
  @Cached({ ttl: 60 })
  async busy(@Res({ passthrough: true }) response: AnyResponse): Promise<never> {
    runs++;
    await opening.promise;
    response.header('Retry-After', '120');
    response.header('Set-Cookie', 'of=one');
    throw new ServiceUnavailableException();
  }

  @Get('unknown/:vary')
  @Cached({ ttl: 60 })
  async unknown(
    @Param('vary') vary: string,
    @Headers('x-client') client: string,
    @Res({ passthrough: true }) response: AnyResponse,
  ): Promise<never> {
    runs++;
    response.header('Vary', vary);
    await opening.promise;
    throw new ImATeapotException(client);
  }

  @Get('emitted')
  @Cached({ ttl: 60 })
  emitted(): Observable<object> {
    runs++;
    return from(opening.promise.then(() => ({ run: runs })));
  }

  @Get('as/:kind')
  @Cached({ ttl: 60 })
  as(@Param('kind') kind: string): unknown {
    runs++;
    return kind === 'file' ? new StreamableFile(Readable.from(['file'])) : { kind };
  }

  @Get('exported')
  @Cached({ ttl: 60 })
  exported(): unknown {
    return ++runs === 1 ? new StreamableFile(Readable.from(['file'])) : { run: runs };
  }

  @Get('vary')
  @Cached({ ttl: 60 })
  vary(
    @Res({ passthrough: true }) response: { header(name: string, value: string): void },
  ): object {
    response.header('Vary', 'Accept, *');
    return { run: ++runs };
  }

  @Get('part')
  @Cached({ ttl: 60 })
  part(
    @Headers('range') range: string | undefined,
    @Res({ passthrough: true }) response: { status(code: number): void },
  ): string {
    if (range !== undefined) response.status(206);
    return range === undefined ? 'whole' : 'wh';
  }

  @Get('reset')
  @HttpCode(205)
  @Cached({ ttl: 60 })
  reset(): object {
    return { run: ++runs };
  }

  @Get('asked')
  @Cached({ ttl: 60 })
  asked(@Body() body: unknown): object {
    return { run: ++runs, body };
  }

  @Get('keyed')
  @Cached({ ttl: 60, key: (body: unknown) => `keyed ${JSON.stringify(body)}` })
  keyed(@Body() body: unknown): object {
    return { run: ++runs, body };
  }
}

beforeEach(() => {
  runs = 0;
  opening = deferred<void>();
});
afterEach(closeAll);

/** `X-Cache` of a GET with a body, which `fetch` would not send. */
async function askWith(app: HttpApplication, path: string, body: string): Promise<unknown> {
  const url = `${await app.app.getUrl()}${path}`;
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume().on('end', () => resolve(response.headers['x-cache']));
    })
      .on('error', reject)
      .end(body);
  });
}

const startBehindProxy = (): Promise<HttpApplication> =>
  HttpApplication.start('Express', { controllers: [Routes] }, {}, (made) => {
    (made.getHttpAdapter().getInstance() as { set(name: string, value: unknown): void }).set(
      'trust proxy',
      true,
    );
  });

it('Answers of routes are not shared by names of which one begins with the other', async () => {
  const app = await startBehindProxy();
  const { hostname } = new URL(await app.app.getUrl());
  const ask = async (name: string): Promise<unknown> =>
    (await app.get('/as/text', { 'x-forwarded-host': name })).cache;
  expect(await ask(hostname.slice(0, -1))).toBe('MISS');
  expect((await app.get('/as/text')).cache).toBe('MISS');
  expect(await ask(hostname)).toBe('HIT');
});

it('Answers of routes are not shared by schemes, for handlers write them into links', async () => {
  const app = await startBehindProxy();
  const ask = async (scheme: string): Promise<unknown> =>
    (await app.get('/as/text', { 'x-forwarded-proto': scheme })).cache;
  expect(await ask('https')).toBe('MISS');
  expect(await ask('https')).toBe('HIT');
  expect(await ask('http')).toBe('MISS');
  expect((await app.get('/as/text')).cache).toBe('HIT');
});

describe.each(PLATFORMS)('Answers of routes on %s', (platform) => {
  const start = (): Promise<HttpApplication> =>
    HttpApplication.start(platform, { controllers: [Routes] });

  it('tell all who waited for one that failed what the cache did', async () => {
    const app = await start();
    const asked = Array.from({ length: 5 }, () => app.get('/failing'));
    const service = app.app.get(CacheService);
    await until(() => service.getStats().loads.coalesced === 4);
    opening.resolve();
    const answers = await Promise.all(asked);
    expect(answers.map(({ status, cache }) => `${status} ${cache}`)).toEqual(
      Array.from({ length: 5 }, () => '418 MISS'),
    );
    expect(runs).toBe(1);
  });

  it.each(CONDITIONS)(
    'are their own for those who waited for one that failed by its own headers: %d for %s',
    async (status, name) => {
      const app = await start();
      const service = app.app.get(CacheService);
      const first = app.get('/conditional', { [name]: 'Wed, 21 Oct 2055 07:28:00 GMT' });
      await until(() => runs === 1);
      const second = app.get('/conditional');
      await until(() => service.getStats().loads.coalesced === 1);
      opening.resolve();
      expect(await first).toMatchObject({ status });
      expect(await second).toEqual({ status: 200, cache: 'BYPASS', body: 'all of it' });
    },
  );

  it('have the headers of the failure for those who waited, but no cookie', async () => {
    const app = await start();
    const service = app.app.get(CacheService);
    const asked = [app.fetch('/busy'), app.fetch('/busy')];
    await until(() => service.getStats().loads.coalesced === 1);
    opening.resolve();
    const headers = (await Promise.all(asked)).map((answer) => answer.headers);
    expect(headers.map((each) => each.get('retry-after'))).toEqual(['120', '120']);
    expect(headers.filter((each) => each.has('set-cookie')).length).toBe(1);
    expect(runs).toBe(1);
  });

  it.each([
    ['X-Client', ['MISS one', 'MISS one', 'BYPASS two']],
    ['*', ['MISS one', 'BYPASS one', 'BYPASS one']],
    ['Accept', ['MISS one', 'MISS one', 'MISS one']],
  ])(
    'are shared, where they fail, with those alike in what they vary by: %s',
    async (vary, expected) => {
      const app = await start();
      const service = app.app.get(CacheService);
      const asked: Promise<{ cache: string | null; body: string }>[] = [];
      for (const client of expected.map((answer) => answer.split(' ')[1]!)) {
        asked.push(app.get(`/unknown/${vary}`, { 'x-client': client }));
        await until(() => service.getStats().loads.coalesced === asked.length - 1);
      }
      opening.resolve();
      const answers = (await Promise.all(asked)).map(
        ({ cache, body }) => `${cache} ${(JSON.parse(body) as { message: string }).message}`,
      );
      expect(answers).toEqual(expected);
    },
  );

  it('are made for nobody when all who waited have left', async () => {
    let left = 0;
    const app = await HttpApplication.start(platform, { controllers: [Routes] }, {}, (made) => {
      made.use((_request: unknown, response: NodeJS.EventEmitter, next: () => void) => {
        response.once('close', () => left++);
        next();
      });
    });
    const url = `${await app.app.getUrl()}/emitted`;
    const asked = Array.from({ length: 5 }, () => request(url).on('error', () => undefined));
    for (const one of asked) one.end();
    const service = app.app.get(CacheService);
    await until(() => service.getStats().loads.coalesced === 4);
    for (const one of asked) one.destroy();
    await until(() => left === 5);
    opening.resolve();
    expect(await app.get('/emitted')).toMatchObject({ status: 200, cache: 'MISS' });
    expect(runs).toBe(2);
  });

  it('are cached at the other addresses of a route that gave a stream at one', async () => {
    const app = await start();
    const caches: unknown[] = [];
    for (const kind of ['file', 'file', 'text', 'text']) {
      caches.push((await app.get(`/as/${kind}`)).cache);
    }
    expect(caches).toEqual(['BYPASS', 'BYPASS', 'MISS', 'HIT']);
  });

  it('are cached again where one was a stream once', async () => {
    const app = await start();
    const caches: unknown[] = [];
    for (let count = 0; count < 4; count++) caches.push((await app.get('/exported')).cache);
    expect(caches).toEqual(['BYPASS', 'BYPASS', 'MISS', 'HIT']);
  });

  it('are not kept when they vary by everything, among others', async () => {
    const app = await start();
    await app.get('/vary');
    expect(await app.get('/vary')).toMatchObject({ cache: 'BYPASS', body: '{"run":2}' });
  });

  it('are not kept when they are a part of the body', async () => {
    const app = await start();
    const part = await app.get('/part', { range: 'bytes=0-1' });
    expect(part).toEqual({ status: 206, cache: 'BYPASS', body: 'wh' });
    expect(await app.get('/part')).toEqual({ status: 200, cache: 'MISS', body: 'whole' });
  });

  it('have no more body on a hit than on a miss', async () => {
    const app = await start();
    const lengths: unknown[] = [];
    for (const cache of ['MISS', 'HIT']) {
      const { headers } = await app.fetch('/reset');
      expect(headers.get('x-cache')).toBe(cache);
      lengths.push(headers.get('content-length'));
    }
    expect(lengths[1]).toBe(lengths[0]);
  });

  it('are for a request with a body its own, unless the key says otherwise', async () => {
    const app = await start();
    await app.get('/asked');
    expect(await askWith(app, '/asked', '{"a":1}')).toBe('BYPASS');
    expect(await askWith(app, '/asked', '')).toBe('HIT');
    expect((await app.get('/asked')).cache).toBe('HIT');
    expect(await askWith(app, '/keyed', '{"a":1}')).toBe('MISS');
    expect(await askWith(app, '/keyed', '{"a":1}')).toBe('HIT');
  });
});
