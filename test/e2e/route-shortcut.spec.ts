import type { ServerResponse } from 'node:http';
import {
  type CallHandler,
  ClassSerializerInterceptor,
  Controller,
  type ExecutionContext,
  Get,
  Header,
  type INestApplication,
  Injectable,
  type NestInterceptor,
  Render,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import { map, type Observable } from 'rxjs';
import { CachedInterceptor } from '../../lib/nest/http/cached.interceptor.js';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

interface Reply {
  header(name: string, value: string): unknown;
}

interface ExpressResponse extends ServerResponse {
  type(type: string): ExpressResponse;
  send(body: unknown): unknown;
  render(view: string, data?: object): void;
}

type Next = () => void;

let runs = 0;
let seen: string[] = [];

@Injectable()
class Noting implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    seen.push('begun');
    return next.handle().pipe(
      map((value: unknown) => {
        seen.push(JSON.stringify(value));
        return value;
      }),
    );
  }
}

class Price {
  readonly run = ++runs;
}

@Controller('short')
class Short {
  @Get()
  @Cached(60)
  get(): object {
    return { run: ++runs };
  }

  @Get('inner')
  @UseInterceptors(Noting)
  @Cached(60)
  inner(): object {
    return { run: ++runs };
  }

  @Get('outer')
  @Cached(60)
  @UseInterceptors(Noting)
  outer(): object {
    return { run: ++runs };
  }

  @Get('class')
  @Cached(60)
  price(): Price {
    return new Price();
  }

  @Get('language')
  @Cached(60)
  language(@Res({ passthrough: true }) reply: Reply): string {
    reply.header('Vary', 'X-Language');
    return `${++runs}`;
  }

  @Get('nothing')
  @Header('X-Says', 'nothing')
  @Cached(60)
  nothing(): void {
    runs++;
  }

  @Get('page')
  @Render('page')
  @Cached(60)
  page(): object {
    return { run: ++runs };
  }
}

const intercept = jest.spyOn(CachedInterceptor.prototype, 'intercept');

beforeEach(() => {
  runs = 0;
  seen = [];
  intercept.mockClear();
});
afterEach(closeAll);

describe.each(PLATFORMS)('A hit in memory on %s', (platform) => {
  const start = (prepare?: (app: INestApplication) => void): Promise<HttpApplication> =>
    HttpApplication.start(platform, { controllers: [Short] }, {}, prepare);

  it('is answered before the chain of interceptors is set up', async () => {
    const app = await start();
    expect((await app.get('/short')).cache).toBe('MISS');
    expect(intercept).toHaveBeenCalledTimes(1);
    expect(await app.get('/short')).toEqual({ status: 200, cache: 'HIT', body: '{"run":1}' });
    expect(intercept).toHaveBeenCalledTimes(1);
  });

  it('does not run the interceptors inside, which stand above it, and runs those around', async () => {
    const app = await start();
    for (const path of ['/short/inner', '/short/outer']) {
      seen = [];
      await app.get(path);
      const once = ['begun', `{"run":${runs}}`];
      expect(seen).toEqual(once);
      expect((await app.get(path)).cache).toBe('HIT');
      expect(seen).toEqual(path === '/short/inner' ? once : [...once, ...once]);
    }
  });

  it('needs no chain for the sake of a serializer', async () => {
    const app = await start((nest) => {
      const transformerPackage = {
        classToPlain: (value: object) => ({ plain: true, ...value }),
        plainToInstance: () => undefined,
      } as never;
      nest.useGlobalInterceptors(
        new ClassSerializerInterceptor(nest.get(Reflector), { transformerPackage }),
      );
    });
    const body = '{"plain":true,"run":1}';
    for (const cache of ['MISS', 'HIT', 'HIT']) {
      expect(await app.get('/short/class')).toEqual({ status: 200, cache, body });
    }
    expect(intercept).toHaveBeenCalledTimes(1);
  });

  it('is found, and counted, once if it is another variant', async () => {
    const app = await start();
    const cache = app.app.get(CacheService);
    const ask = (language: string) => app.get('/short/language', { 'X-Language': language });
    expect((await ask('de')).cache).toBe('MISS');
    const { hits } = cache.getStats().memoryCache;
    expect(await ask('fr')).toEqual({ status: 200, cache: 'BYPASS', body: '2' });
    expect(cache.getStats().memoryCache.hits).toBe(hits + 1);
    expect(await ask('de')).toEqual({ status: 200, cache: 'HIT', body: '1' });
  });

  it('without a body has the headers of the route', async () => {
    const app = await start();
    for (const cache of ['MISS', 'HIT']) {
      const { status, headers } = await app.fetch('/short/nothing');
      expect([status, headers.get('x-cache')]).toEqual([200, cache]);
      expect([headers.get('content-length'), headers.get('x-says')]).toEqual(['0', 'nothing']);
    }
    expect(runs).toBe(1);
  });

  it('of a plain value is that value', async () => {
    const app = await start();
    await app.get('/short');
    const cache = app.app.get(CacheService);
    const [key = ''] = cache.memory.keys();
    await cache.set(key, { run: 'put' });
    expect(await app.get('/short')).toEqual({ status: 200, cache: 'HIT', body: '{"run":"put"}' });
    expect(intercept).toHaveBeenCalledTimes(1);
  });

  it('ends with the cache', async () => {
    const app = await start();
    await app.get('/short');
    await app.app.get(CacheService).close();
    expect(await app.get('/short')).toEqual({ status: 200, cache: null, body: '{"run":2}' });
  });
});

describe('A hit in memory on Express', () => {
  const start = (prepare: (app: INestApplication) => void): Promise<HttpApplication> =>
    HttpApplication.start('Express', { controllers: [Short] }, {}, prepare);

  it('has what middleware sets, and passes by what middleware puts around the response', async () => {
    let requests = 0;
    const app = await start((nest) => {
      nest.use((_request: object, response: ExpressResponse, next: Next) => {
        response.setHeader('X-Request', ++requests);
        response.setHeader('Vary', 'Origin');
        const { writeHead } = response;
        response.writeHead = ((...args: [number]) => {
          response.setHeader('X-At-Last', String(response.getHeader('X-Cache')));
          return writeHead.apply(response, args);
        }) as typeof writeHead;
        next();
      });
    });
    for (const [at, cache] of ['MISS', 'HIT', 'HIT'].entries()) {
      const { headers } = await app.fetch('/short');
      expect(headers.get('x-at-last')).toBe(cache);
      expect(headers.get('x-request')).toBe(`${at + 1}`);
      expect(headers.get('vary')).toBe('Origin, Authorization, Cookie');
      expect(headers.get('x-powered-by')).toBe('Express');
    }
  });

  it('is rendered where the handler is', async () => {
    const app = await start((nest) => {
      nest.use((_request: object, response: ExpressResponse, next: Next) => {
        response.render = (view: string, data?: object) => {
          response.type('html').send(`${view} ${JSON.stringify(data)}`);
        };
        next();
      });
    });
    for (const cache of ['MISS', 'HIT']) {
      const body = 'page {"run":1}';
      expect(await app.get('/short/page')).toEqual({ status: 200, cache, body });
    }
  });

  it('is sent through the send that middleware has put on the response', async () => {
    const app = await start((nest) => {
      nest.use((_request: object, response: ExpressResponse, next: Next) => {
        const { send } = response;
        response.send = (body: unknown) => {
          response.send = send;
          return send.call(response, typeof body === 'string' ? `${body} signed` : body);
        };
        next();
      });
    });
    for (const path of ['/short', '/short/outer']) {
      for (const cache of ['MISS', 'HIT', 'HIT']) {
        const { status, headers } = await app.fetch(path);
        expect([status, headers.get('x-cache')]).toEqual([200, cache]);
        expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
        const { body } = await app.get(path);
        expect(body).toMatch(/^\{"run":\d\} signed$/);
      }
      const { headers } = await app.fetch(path);
      const known = { 'if-none-match': headers.get('etag')! };
      expect(await app.get(path, known)).toMatchObject({ status: 304, body: '' });
    }
  });
});
