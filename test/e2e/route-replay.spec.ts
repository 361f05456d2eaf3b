import { Controller, Get, Header, Headers, type INestApplication, Post, Res } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CachePut, CacheService } from 'nestjs-tiered-cache';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

interface Reply {
  header(name: string, value: string): unknown;
  readonly raw?: ServerResponse;
  removeHeader(name: string): unknown;
}

let runs = 0;
let clock: ManualClock;

@Controller('replay')
class Replayed {
  @Get('put')
  @Cached({ key: () => 'put', scope: 'public' })
  got(): object {
    return { run: ++runs };
  }

  @Post('put')
  @CachePut({ key: 'put', ttl: 90 })
  put(): object {
    return { put: ++runs };
  }

  @Get('own')
  @Header('Cache-Control', 'max-age=5')
  @Cached({ key: () => 'put' })
  own(): object {
    return { run: ++runs };
  }

  @Get('address')
  @Cached(60)
  address(): object {
    return { run: ++runs };
  }

  @Get('removed')
  @Header('X-Route', 'route')
  @Cached(60)
  removed(@Res({ passthrough: true }) reply: Reply): string {
    const { raw = reply } = reply;
    reply.removeHeader('X-Route');
    raw.removeHeader('X-Middleware');
    return `${++runs}`;
  }
}

@Controller('same')
class Same {
  @Get('origin')
  @Cached(60)
  origin(@Headers('origin') origin: string, @Res({ passthrough: true }) reply: Reply): string {
    reply.header('Vary', 'Origin');
    return `${origin} ${++runs}`;
  }

  @Get('language')
  @Cached({ ttl: 60, scope: 'public' })
  language(@Res({ passthrough: true }) reply: Reply): string {
    reply.header('Vary', 'Accept-Language');
    return `${++runs}`;
  }

  @Get('allowed')
  @Cached(60)
  allowed(@Res({ passthrough: true }) reply: Reply): string {
    reply.header('Access-Control-Allow-Origin', 'https://a.example');
    return `${++runs}`;
  }

  @Get('raw')
  @Cached(60)
  raw(@Res({ passthrough: true }) reply: Reply): string {
    const response = (reply.raw ?? reply) as ServerResponse;
    response.setHeader('Access-Control-Allow-Origin', 'https://a.example');
    return `${++runs}`;
  }

  @Get('untouched')
  @Cached(60)
  untouched(): string {
    return `${++runs}`;
  }
}

/** Sets headers before the handler, on both platforms. */
function middleware(app: INestApplication): void {
  app.use((_request: object, response: ServerResponse, next: () => void) => {
    response.setHeader('X-Middleware', 'middleware');
    response.setHeader('X-Kept', 'middleware');
    next();
  });
}

beforeEach(() => {
  runs = 0;
  clock = new ManualClock(1_000_000);
});
afterEach(closeAll);

describe.each(PLATFORMS)('What is replayed on %s', (platform) => {
  const start = (): Promise<HttpApplication> =>
    HttpApplication.start(platform, { controllers: [Replayed] }, { clock }, middleware);

  const headersOf = async (http: HttpApplication, path: string) => {
    const { headers } = await http.fetch(path);
    return [headers.get('x-cache'), headers.get('age'), headers.get('cache-control')];
  };

  it('a value of @CachePut tells how long it lasts', async () => {
    const http = await start();
    await http.fetch('/replay/put', { method: 'POST' });
    expect(await headersOf(http, '/replay/put')).toEqual(['HIT', '0', 'public, max-age=90']);
    clock.advance(30_500);
    // Its age is not known, so the lifetime is what is left.
    expect(await headersOf(http, '/replay/put')).toEqual(['HIT', '0', 'public, max-age=59']);
    expect(await headersOf(http, '/replay/own')).toEqual(['HIT', '0', 'max-age=5']);
    expect((await http.get('/replay/put')).body).toBe('{"put":1}');
    clock.advance(60_000);
    expect((await http.get('/replay/put')).cache).toBe('MISS');
  });

  it('a value of set, which never expires, tells it as far as HTTP can', async () => {
    const http = await start();
    await http.get('/replay/address');
    const cache = http.app.get(CacheService);
    const [key = ''] = cache.memory.keys();
    await cache.set(key, 'set', { ttl: Infinity });
    expect(await headersOf(http, '/replay/address')).toEqual([
      'HIT',
      '0',
      'public, max-age=31536000',
    ]);
  });

  it('headers that the handler removed are absent from a hit too', async () => {
    const http = await start();
    for (const cache of ['MISS', 'HIT']) {
      const { headers } = await http.fetch('/replay/removed');
      expect([headers.get('x-cache'), headers.get('x-kept')]).toEqual([cache, 'middleware']);
      expect([headers.get('x-route'), headers.get('x-middleware')]).toEqual([null, null]);
    }
  });
});

describe.each(PLATFORMS)('What a handler on %s sets to what is there', (platform) => {
  const ORIGINS = ['https://a.example', 'https://b.example'];
  const start = (prepare: (app: INestApplication) => void): Promise<HttpApplication> =>
    HttpApplication.start(platform, { controllers: [Same] }, {}, prepare);

  it('counts as its own: a Vary that CORS has said before', async () => {
    const http = await start((app) => app.enableCors({ origin: ORIGINS }));
    const bodies: string[] = [];
    for (const origin of ORIGINS) bodies.push((await http.get('/same/origin', { origin })).body);
    expect(bodies).toEqual(['https://a.example 1', 'https://b.example 2']);
    expect((await http.get('/same/origin', { origin: ORIGINS[0]! })).cache).toBe('HIT');
    // What only the middleware says is its own, on a hit too.
    for (const origin of ORIGINS) await http.get('/same/untouched', { origin });
    const hit = await http.fetch('/same/untouched', { headers: { origin: ORIGINS[1]! } });
    expect([hit.headers.get('x-cache'), hit.headers.get('access-control-allow-origin')]).toEqual([
      'HIT',
      ORIGINS[1],
    ]);
  });

  it('leaves what CORS says in Vary for the request, on a hit', async () => {
    const http = await start((app) =>
      app.enableCors({
        origin: (origin: string | undefined, answer: (error: null, isAllowed: boolean) => void) =>
          answer(null, origin !== undefined),
      }),
    );
    await http.get('/same/language');
    const { headers } = await http.fetch('/same/language', { headers: { origin: ORIGINS[0]! } });
    expect([headers.get('x-cache'), headers.get('access-control-allow-origin')]).toEqual([
      'HIT',
      ORIGINS[0],
    ]);
    expect(headers.get('vary')).toBe('Origin, Accept-Language');
  });

  it.each(['allowed', 'raw'])('counts as its own: what a middleware reflects, %s', async (path) => {
    const http = await start((app) => {
      app.use(({ headers }: IncomingMessage, response: ServerResponse, next: () => void) => {
        response.setHeader('Access-Control-Allow-Origin', headers.origin ?? 'none');
        next();
      });
    });
    for (const [origin, cache] of [
      ['https://a.example', 'MISS'],
      ['https://evil.example', 'HIT'],
    ] as const) {
      const { headers } = await http.fetch(`/same/${path}`, { headers: { origin } });
      expect([headers.get('x-cache'), headers.get('access-control-allow-origin')]).toEqual([
        cache,
        'https://a.example',
      ]);
    }
  });
});
