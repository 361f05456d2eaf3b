import { AsyncLocalStorage } from 'node:async_hooks';
import { request } from 'node:http';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Header,
  Headers,
  type INestApplication,
  type NestInterceptor,
  Param,
  Post,
  Query,
  Req,
  UseInterceptors,
} from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached } from 'nestjs-tiered-cache';
import { defer, from, retry, switchMap, timer } from 'rxjs';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

interface Request {
  readonly headers: Record<string, string | undefined>;
  readonly method: string;
  readonly host: string;
  readonly protocol: string;
  readonly raw?: { user?: string };
  user?: string;
  url: string;
}

const user = new AsyncLocalStorage<string | undefined>();
const userOf = (context: ExecutionContext): string | undefined =>
  context.switchToHttp().getRequest<Request>().headers['x-user'];

let runs = 0;
let failures = 0;

function around(handle: (next: CallHandler) => ReturnType<CallHandler['handle']>): NestInterceptor {
  return { intercept: (_context, next) => handle(next) };
}

const AFTER_A_PROMISE = around((next) =>
  from(Promise.resolve()).pipe(switchMap(() => next.handle())),
);
const AFTER_A_TIMER = around((next) => timer(1).pipe(switchMap(() => next.handle())));
const DEFERRED = around((next) => defer(() => next.handle()));
const AGAIN = around((next) => next.handle().pipe(retry(1)));

@Controller('calls')
class CallsController {
  @Get('promise')
  @UseInterceptors(AFTER_A_PROMISE)
  @Cached('5m')
  promise() {
    return { of: user.getStore(), run: ++runs };
  }

  @Get('timer')
  @UseInterceptors(AFTER_A_TIMER)
  @Cached('5m')
  timer() {
    return { of: user.getStore(), run: ++runs };
  }

  @Get('deferred')
  @UseInterceptors(DEFERRED)
  @Cached({ ttl: '5m', key: () => 'deferred' })
  deferred() {
    return { run: ++runs };
  }

  @Post('pay')
  @UseInterceptors(AFTER_A_TIMER)
  @Cached('5m')
  pay() {
    return { run: ++runs };
  }

  @Get('again')
  @UseInterceptors(AGAIN)
  @Cached({ ttl: '5m', key: () => 'again' })
  async again() {
    runs++;
    if (failures-- > 0) throw new Error('once');
    return { run: runs };
  }
}

@Controller('answers')
class AnswersController {
  @Get('language')
  @Cached({ ttl: '5m', varyBy: [userOf, 'header:accept-language'] })
  language() {
    return { run: ++runs };
  }

  @Get('private')
  @Header('Cache-Control', 'private')
  @Cached({ ttl: '5m', varyBy: 'header:accept-language' })
  private() {
    return { run: ++runs };
  }

  @Get('me')
  @Cached('5m')
  me(@Req() req: Request) {
    return { me: req.user ?? req.raw?.user };
  }

  @Get('item')
  @Cached({ ttl: '5m', ignoreQuery: ['utm_*'] })
  item(@Query('id') id?: string) {
    return { id: id ?? 'none' };
  }

  @Get('links')
  @Cached('5m')
  links(@Req() req: Request) {
    return { host: req.host };
  }

  @Get(['scheme', 'answers/scheme'])
  @Cached('5m')
  scheme(@Req() req: Request) {
    return { scheme: req.protocol };
  }

  @Get('in/:locale')
  @Cached('5m')
  locale(@Param('locale') locale: string) {
    return { locale };
  }

  @Get('body')
  @Cached('5m')
  body(@Req() req: Request) {
    return req.method === 'HEAD' ? undefined : { run: ++runs };
  }

  @Get('latin')
  @Header('Content-Type', 'application/xml; charset=iso-8859-1')
  @Cached('5m')
  latin() {
    return '<é/>';
  }

  @Get('greeting')
  @Cached('5m')
  greeting(@Headers('accept-language') language: string) {
    return { language };
  }
}

beforeEach(() => {
  runs = failures = 0;
});
afterEach(closeAll);

type Middleware = (
  req: Request,
  res: { setHeader(name: string, value: string): void },
  next: () => void,
) => void;

const start = (
  platform: (typeof PLATFORMS)[number],
  ...middleware: Middleware[]
): Promise<HttpApplication> =>
  HttpApplication.start(
    platform,
    { controllers: [CallsController, AnswersController] },
    {},
    (made: INestApplication) => {
      for (const each of middleware) made.use(each);
    },
  );

/** A GET of a path that `fetch` would not send as it stands. */
async function rawGet(app: HttpApplication, path: string, headers = {}): Promise<string> {
  const { port } = new URL(await app.app.getUrl());
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve(`${String(response.headers['x-cache'])} ${body}`));
    })
      .on('error', reject)
      .end();
  });
}

describe.each(PLATFORMS)('A route on %s whose interceptors call it late', (platform) => {
  const asUser: Middleware = (req, _res, next) => user.run(req.headers['authorization'], next);

  it.each(['promise', 'timer'])('answers nobody with another’s value: after a %s', async (path) => {
    const app = await start(platform, asUser);
    for (const authorization of ['alice', 'bob']) {
      const answer = await app.get(`/calls/${path}`, { authorization });
      expect(answer.cache).toBe('BYPASS');
      expect(JSON.parse(answer.body)).toMatchObject({ of: authorization });
    }
    await app.get(`/calls/${path}`);
    expect((await app.get(`/calls/${path}`)).cache).toBe('HIT');
    expect(runs).toBe(3);
  });

  it('runs for every POST', async () => {
    const app = await start(platform);
    for (const run of [1, 2]) {
      const answer = await app.fetch('/calls/pay', { method: 'POST' });
      expect(await answer.json()).toEqual({ run });
    }
  });

  it('is kept once, under its own key', async () => {
    const app = await start(platform);
    expect(await app.get('/calls/deferred')).toMatchObject({ cache: 'MISS', body: '{"run":1}' });
    expect(await app.get('/calls/deferred')).toMatchObject({ cache: 'HIT', body: '{"run":1}' });
  });

  it('is answered when its second try succeeds', async () => {
    const app = await start(platform);
    failures = 1;
    expect(await app.get('/calls/again')).toMatchObject({ cache: 'MISS', body: '{"run":2}' });
    expect(await app.get('/calls/again')).toMatchObject({ cache: 'HIT', body: '{"run":2}' });
  });
});

describe.each(PLATFORMS)('A route on %s', (platform) => {
  it('is open to who carries credentials only where varyBy tells who he is', async () => {
    const app = await start(platform);
    const ask = async (headers: Record<string, string>): Promise<unknown> =>
      (await app.get('/answers/language', { 'accept-language': 'de', ...headers })).cache;
    expect(await ask({ cookie: 'sid=alice' })).toBe('BYPASS');
    expect(await ask({ cookie: 'sid=bob' })).toBe('BYPASS');
    expect(await ask({ cookie: 'sid=bob', 'x-user': 'bob' })).toBe('MISS');
    expect(await ask({ cookie: 'sid=bob', 'x-user': 'bob' })).toBe('HIT');
    expect(await ask({})).toBe('MISS');
    expect(await ask({})).toBe('HIT');
  });

  it('does not share what is private among those of one language', async () => {
    const app = await start(platform);
    for (const run of [1, 2]) {
      const answer = await app.get('/answers/private', { 'accept-language': 'de' });
      expect(answer).toMatchObject({ cache: 'BYPASS', body: `{"run":${run}}` });
    }
  });

  it('sees a user that a middleware has set', async () => {
    const app = await start(platform, (req, _res, next) => {
      req.user = req.headers['x-user'] as string;
      next();
    });
    for (const me of ['alice', 'bob']) {
      const answer = await app.get('/answers/me', { 'x-user': me });
      expect(answer).toMatchObject({ cache: 'BYPASS', body: `{"me":"${me}"}` });
    }
  });

  it('keeps nothing for an address with a fragment', async () => {
    const app = await start(platform);
    await rawGet(app, '/answers/item?utm_x=1#&id=5');
    expect(await rawGet(app, '/answers/item?id=5')).toBe('MISS {"id":"5"}');
  });

  it('does not keep the nothing that a handler gave to HEAD', async () => {
    const app = await start(platform);
    const head = await app.fetch('/answers/body', { method: 'HEAD' });
    expect(head.headers.get('x-cache')).toBe('BYPASS');
    expect(await app.get('/answers/body')).toMatchObject({ cache: 'MISS', body: '{"run":1}' });
  });

  it('says private where a middleware gives its client a cookie', async () => {
    const app = await start(platform, (req, res, next) => {
      if (req.headers['x-new'] !== undefined) res.setHeader('Set-Cookie', 'visitor=1');
      next();
    });
    await app.get('/answers/item');
    const hit = await app.fetch('/answers/item', { headers: { 'x-new': '1' } });
    expect(hit.headers.get('x-cache')).toBe('HIT');
    expect(hit.headers.get('cache-control')).toMatch(/^private, max-age=/);
  });

  it('names the charset in which it is sent, on a hit as on a miss', async () => {
    const app = await start(platform);
    const typeOf = async (): Promise<string> => {
      const answer = await app.fetch('/answers/latin');
      return `${answer.headers.get('x-cache')} ${answer.headers.get('content-type')}`;
    };
    const type = (await typeOf()).replace('MISS ', '');
    expect(await typeOf()).toBe(`HIT ${type}`);
  });

  it('obeys the Vary of a middleware, but for that of CORS', async () => {
    const app = await start(platform, (_req, res, next) => {
      res.setHeader('Vary', 'Origin, Accept-Language');
      next();
    });
    const ask = async (language: string, origin: string): Promise<string> => {
      const headers = { 'accept-language': language, origin };
      const { cache, body } = await app.get('/answers/greeting', headers);
      return `${cache} ${body}`;
    };
    expect(await ask('de', 'https://a')).toBe('MISS {"language":"de"}');
    expect(await ask('en', 'https://a')).toBe('BYPASS {"language":"en"}');
    expect(await ask('de', 'https://b')).toBe('HIT {"language":"de"}');
  });
});

describe('A route on Express', () => {
  const startBehindProxy = (): Promise<HttpApplication> =>
    HttpApplication.start('Express', { controllers: [AnswersController] }, {}, (made) => {
      const express = made.getHttpAdapter().getInstance() as {
        set(name: string, value: unknown): void;
      };
      express.set('trust proxy', true);
    });

  it('is kept for the address that a middleware has written', async () => {
    const app = await start('Express', (req, _res, next) => {
      req.url = `/answers/in/${req.headers['accept-language']}`;
      next();
    });
    const ask = async (language: string): Promise<string> => {
      const { cache, body } = await app.get('/page', { 'accept-language': language });
      return `${cache} ${body}`;
    };
    expect(await ask('de')).toBe('MISS {"locale":"de"}');
    expect(await ask('fr')).toBe('MISS {"locale":"fr"}');
    expect(await ask('de')).toBe('HIT {"locale":"de"}');
  });

  it('tells hosts apart by the ports that a trusted proxy names, and by what looks like two', async () => {
    const app = await startBehindProxy();
    const ask = (headers: object): Promise<string> => rawGet(app, '/answers/links', headers);
    const behind = (name: string): object => ({ host: 'backend', 'x-forwarded-host': name });
    expect(await ask(behind('shop.com:6666'))).toBe('MISS {"host":"shop.com:6666"}');
    expect(await ask(behind('shop.com'))).toBe('MISS {"host":"shop.com"}');
    expect(await ask({ host: 'backend shop.com' })).toMatch(/^MISS/);
    expect(await ask({ host: '["backend","shop.com"]' })).toMatch(/^MISS/);
    expect(await ask({ host: '["backend","shop.com","backend"]' })).toMatch(/^MISS/);
    expect(await ask(behind('shop.com'))).toBe('HIT {"host":"shop.com"}');
  });

  it('tells a host that looks like an address from that address', async () => {
    const app = await start('Express', (req, _res, next) => {
      if (req.url === '/old') req.url = '/answers/links?page=1';
      next();
    });
    const evil = await rawGet(app, '/answers/links?page=1', { host: 'shop.com /old?' });
    expect(evil).toBe('MISS {"host":"shop.com /old?"}');
    expect(await rawGet(app, '/old', { host: 'shop.com' })).toBe('MISS {"host":"shop.com"}');
  });

  it('tells a scheme that looks like a path from that path', async () => {
    const app = await startBehindProxy();
    const evil = await rawGet(app, '/answers/scheme', { 'x-forwarded-proto': '/answers' });
    expect(evil).toBe('MISS {"scheme":"/answers"}');
    expect(await rawGet(app, '/answers/answers/scheme')).toBe('MISS {"scheme":"http"}');
  });
});
