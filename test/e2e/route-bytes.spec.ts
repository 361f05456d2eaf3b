import {
  type CallHandler,
  ClassSerializerInterceptor,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Get,
  Injectable,
  type NestInterceptor,
  Param,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import { map, Observable, of } from 'rxjs';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

let runs = 0;
let serialized = 0;
let enveloped = 0;
let transformed = 0;

/** In the place of class-transformer. */
const transformerPackage = {
  classToPlain: (value: object) => {
    transformed++;
    return { plain: true, ...value };
  },
  plainToInstance: () => undefined,
} as never;
let folder: string;

class Quote {
  constructor(
    readonly ticker: string,
    readonly run: number,
  ) {}

  get label(): string {
    return `${this.ticker} #${this.run}`;
  }

  toJSON(): object {
    serialized++;
    return { label: this.label, run: this.run };
  }
}

const BODIES: Record<string, () => unknown> = {
  dto: () => new Quote('AAPL', runs),
  object: () => ({ run: runs, at: new Date(0), skipped: undefined, text: 'ümläut ✓' }),
  list: () => [1, runs],
  text: () => `text ${runs} ✓`,
  empty: () => '',
  zero: () => 0,
  no: () => false,
  null: () => null,
  nothing: () => undefined,
  bytes: () => Buffer.from([0, 255, 128, runs]),
};

@Controller()
class Bodies {
  @Get('body/:kind')
  @Cached({ ttl: 60 })
  body(@Param('kind') kind: string): unknown {
    runs++;
    return BODIES[kind]!();
  }

  @Get('observed')
  @Cached({ ttl: 60 })
  observed(): Observable<unknown> {
    runs++;
    return of(new Quote('MSFT', runs));
  }

  @Get('csv')
  @Cached({ ttl: 60 })
  csv(@Res({ passthrough: true }) reply: { header(name: string, value: string): unknown }) {
    reply.header('content-type', 'text/csv');
    return `a,b\n1,${++runs}`;
  }

  @Get('file')
  @Cached({ ttl: 60, useFileCache: true })
  file() {
    return new Quote('FILE', ++runs);
  }
}

/** As Knex has it: it runs when it is awaited, each time. */
class LazyQuery implements PromiseLike<object> {
  // oxlint-disable-next-line unicorn/no-thenable -- it is the point
  then: PromiseLike<object>['then'] = (onDone, onFailed) =>
    Promise.resolve({ run: ++runs }).then(onDone, onFailed);
}

/** As Mongoose has it: it refuses to run twice. */
class OnceQuery extends LazyQuery {
  constructor() {
    super();
    const { then } = this;
    let isDone = false;
    // oxlint-disable-next-line unicorn/no-thenable -- it is the point
    this.then = (onDone, onFailed) => {
      if (isDone) return Promise.reject(new Error('executed already')).then(onDone, onFailed);
      isDone = true;
      return then(onDone, onFailed);
    };
  }
}

@Controller('lazy')
class Lazy {
  @Get('query')
  @Cached({ ttl: 60 })
  query(): unknown {
    return new LazyQuery();
  }

  @Get('once')
  @Cached({ ttl: 60 })
  once(): unknown {
    return new OnceQuery();
  }
}

@Injectable()
class Envelope implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next
      .handle()
      .pipe(map((data: Quote) => ({ data, label: data.label.length, made: ++enveloped })));
  }
}

@Injectable()
class Bouncer implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    const banned = headers['x-banned'];
    return next.handle().pipe(
      map((data) => {
        if (banned !== undefined) throw new ForbiddenException();
        return data as unknown;
      }),
    );
  }
}

@Controller('inside')
@UseInterceptors(Bouncer)
class Enveloped {
  @Get()
  @UseInterceptors(Envelope)
  @Cached({ ttl: 60 })
  around() {
    return new Quote('IN', ++runs);
  }
}

const controllers = [Bodies, Enveloped, Lazy];

beforeEach(() => {
  runs = 0;
  serialized = 0;
  enveloped = 0;
  transformed = 0;
  folder = mkdtempSync(join(tmpdir(), 'route-bytes-'));
});

afterEach(async () => {
  await closeAll();
  rmSync(folder, { recursive: true, force: true });
});

async function sent(http: HttpApplication, path: string, init?: RequestInit) {
  const response = await http.fetch(path, init);
  const names = ['content-type', 'content-length', 'etag', 'cache-control', 'vary'];
  return {
    status: response.status,
    cache: response.headers.get('x-cache'),
    headers: names.map((name) => response.headers.get(name)),
    body: Buffer.from(await response.arrayBuffer()).toString('latin1'),
  };
}

describe.each(PLATFORMS)('the body of a cached route on %s', (platform) => {
  const start = () =>
    HttpApplication.start(platform, { controllers }, { file: { directory: join(folder, 'c') } });

  it.each([...Object.keys(BODIES).map((kind) => `/body/${kind}`), '/csv', '/observed'])(
    'is sent again as it was sent, with its type: %s',
    async (path) => {
      const http = await start();
      const miss = await sent(http, path);
      expect(miss).toMatchObject({ status: 200, cache: 'MISS' });
      for (let time = 0; time < 2; time++) {
        expect(await sent(http, path)).toEqual({ ...miss, cache: 'HIT' });
      }
      expect(runs).toBe(1);
      const head = await sent(http, path, { method: 'HEAD' });
      const [, length] = miss.headers;
      expect(head).toEqual({ ...miss, cache: 'HIT', body: '' });
      expect(length).toBe(String(miss.body.length));
    },
  );

  it('is what a route without @Cached would send', async () => {
    @Controller('plain')
    class Plain {
      @Get('cached/:kind')
      @Cached({ ttl: 60 })
      cached(@Param('kind') kind: string): unknown {
        return BODIES[kind]!();
      }
      @Get('uncached/:kind')
      uncached(@Param('kind') kind: string): unknown {
        return BODIES[kind]!();
      }
    }
    const http = await HttpApplication.start(platform, { controllers: [Plain] });
    for (const kind of Object.keys(BODIES)) {
      const { body, headers } = await sent(http, `/plain/uncached/${kind}`);
      for (const cache of ['MISS', 'HIT']) {
        const cached = await sent(http, `/plain/cached/${kind}`);
        expect(cached).toMatchObject({ status: 200, cache, body });
        expect([kind, ...cached.headers.slice(0, 2)]).toEqual([kind, ...headers.slice(0, 2)]);
      }
    }
  });

  it('is serialized once', async () => {
    const http = await start();
    for (let time = 0; time < 3; time++) await http.get('/body/dto');
    expect([runs, serialized]).toEqual([1, 1]);
  });

  it('is in memory as text', async () => {
    const http = await start();
    await http.get('/body/dto');
    const { memory } = http.app.get(CacheService);
    const [key] = memory.keys();
    expect(memory.get(key!).value).toMatchObject({ body: '{"label":"AAPL #1","run":1}' });
  });

  it('is kept in a file, whatever class it was of', async () => {
    const first = await start();
    const miss = await sent(first, '/file');
    await first.app.close();
    const second = await start();
    expect(await sent(second, '/file')).toEqual({ ...miss, cache: 'HIT' });
    expect(runs).toBe(1);
  });

  it('is what interceptors around the cache made of it, once', async () => {
    const http = await HttpApplication.start(
      platform,
      { controllers, providers: [{ provide: APP_INTERCEPTOR, useClass: Bouncer }] },
      {},
      (app) => {
        app.useGlobalInterceptors(
          new ClassSerializerInterceptor(app.get(Reflector), { transformerPackage }),
        );
      },
    );
    const miss = await sent(http, '/inside');
    expect(JSON.parse(miss.body)).toMatchObject({ label: 5, made: 1 });
    expect(await sent(http, '/inside')).toEqual({ ...miss, cache: 'HIT' });
    expect(runs).toBe(1);
  });

  it('is serialized by the application once, where nobody else looks at it', async () => {
    const http = await HttpApplication.start(platform, { controllers }, {}, (app) => {
      app.useGlobalInterceptors(
        new ClassSerializerInterceptor(app.get(Reflector), { transformerPackage }),
      );
    });
    const miss = await sent(http, '/body/dto');
    expect(JSON.parse(miss.body)).toEqual({ plain: true, ticker: 'AAPL', run: 1 });
    expect(await sent(http, '/body/dto')).toEqual({ ...miss, cache: 'HIT' });
    expect([runs, transformed]).toEqual([1, 1]);
  });

  it('is not sent when an interceptor around the cache refuses it', async () => {
    const http = await start();
    await http.get('/inside');
    expect((await http.get('/inside')).cache).toBe('HIT');
    expect(await http.get('/inside', { 'x-banned': 'yes' })).toMatchObject({
      status: 403,
      body: expect.stringContaining('Forbidden'),
    });
    expect((await http.get('/inside')).status).toBe(200);
  });

  it('is not kept when an interceptor around the cache has refused it', async () => {
    const http = await start();
    expect((await http.get('/inside', { 'x-banned': 'yes' })).status).toBe(403);
    expect((await http.get('/inside')).cache).toBe('MISS');
    expect(runs).toBe(2);
  });
});

describe.each(PLATFORMS)('What is awaited once on %s', (platform) => {
  it.each(['query', 'once'])('runs once: %s', async (path) => {
    const http = await HttpApplication.start(platform, { controllers });
    const headers = { cookie: 'a=1' };
    const own = { status: 200, cache: 'BYPASS', body: '{"run":1}' };
    expect(await http.get(`/lazy/${path}`, headers)).toEqual(own);
    for (const cache of ['MISS', 'HIT']) {
      const answer = { status: 200, cache, body: '{"run":2}' };
      expect(await http.get(`/lazy/${path}`)).toEqual(answer);
    }
  });
});
