import { Readable } from 'node:stream';
import {
  type CanActivate,
  Controller,
  createParamDecorator,
  type ExecutionContext,
  ForbiddenException,
  Get,
  Head,
  Header,
  HttpCode,
  HttpException,
  Injectable,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Redirect,
  Req,
  Res,
  Scope,
  Sse,
  StreamableFile,
  UseGuards,
} from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import { from, of } from 'rxjs';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';
import { deferred } from '../support/deferred.js';

interface Reply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
  send(body: unknown): unknown;
}

let runs = 0;
let gate = deferred<void>();
let clock = 1_000_000;
const tagsSeen = jest.fn((_body: unknown) => ['seen']);
const Tenant = createParamDecorator(
  (header: string, context: ExecutionContext) =>
    context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers[header],
);

@Injectable()
class Guard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    if (headers['x-banned']) throw new ForbiddenException();
    return true;
  }
}

@Controller('quotes')
class QuotesController {
  @Get()
  @Cached('30m')
  list(@Query() query: Record<string, unknown>) {
    return { run: ++runs, query };
  }

  @Cached({ ttl: '30m' })
  @Get('above/:ticker')
  @UseGuards(Guard)
  @HttpCode(203)
  @Header('x-static', 'yes')
  above(@Param('ticker') ticker: string) {
    return `${ticker} ${++runs}`;
  }

  @UseGuards(Guard)
  @Header('x-static', 'yes')
  @HttpCode(203)
  @Get('below/:ticker')
  @Cached({ ttl: '30m' })
  below(@Param('ticker') ticker: string) {
    return `${ticker} ${++runs}`;
  }

  @Get('slow')
  @Cached()
  async slow() {
    runs++;
    await gate.promise;
    return { run: runs };
  }

  @Get('slow-failure')
  @Cached()
  async slowFailure(): Promise<never> {
    runs++;
    await gate.promise;
    throw new NotFoundException(`failure ${runs}`);
  }

  @Get('slow-cookie')
  @Cached()
  async slowCookie(@Res({ passthrough: true }) reply: Reply) {
    const run = ++runs;
    await gate.promise;
    reply.header('set-cookie', `id=${run}`);
    return `${run}`;
  }

  @Get('teapot')
  @Cached()
  teapot() {
    throw new HttpException(`short and stout ${++runs}`, 418);
  }

  @Get('dynamic')
  @Cached()
  dynamic(@Res({ passthrough: true }) reply: Reply) {
    reply.status(206);
    reply.header('x-run', String(++runs));
    reply.header('link', '</next>; rel="next"');
    return { run: runs };
  }

  @Get('status/:code')
  @Cached()
  status(@Param('code', ParseIntPipe) code: number, @Res({ passthrough: true }) reply: Reply) {
    reply.status(code);
    return `${++runs}`;
  }

  @Get('header/:value')
  @Cached()
  header(@Param('value') value: string, @Res({ passthrough: true }) reply: Reply) {
    reply.header('cache-control', value);
    return `${++runs}`;
  }

  @Get('second-only')
  @Cached()
  secondOnly(@Res({ passthrough: true }) reply: Reply) {
    if (++runs === 1) reply.status(404);
    return `${runs}`;
  }

  @Get('static-no-store')
  @Header('Cache-Control', 'no-store')
  @Cached()
  staticNoStore() {
    return `${++runs}`;
  }

  @Get('file')
  @Cached()
  file() {
    return new StreamableFile(Buffer.from(`file ${++runs}`));
  }

  @Get('stream')
  @Cached()
  stream() {
    return new StreamableFile(Readable.from([`stream ${++runs}`]));
  }

  @Get('self')
  @Cached()
  self(@Res() reply: Reply) {
    reply.send(`${++runs}`);
  }

  @Get('moved')
  @Redirect('https://example.com')
  @Cached()
  moved() {
    return { url: `https://example.com/${++runs}` };
  }

  @Sse('events')
  @Cached()
  events() {
    return of({ data: `${++runs}` });
  }

  @Post()
  @Cached()
  create() {
    return `${++runs}`;
  }

  @Head('only')
  @Cached()
  head() {
    runs++;
  }

  @Get('observable')
  @Cached()
  observable() {
    runs++;
    return from(['first', `last ${runs}`]);
  }

  @Get('nothing')
  @Cached({ negativeTtl: 0 })
  nothing() {
    runs++;
    return null;
  }

  @Get('nothing-kept')
  @Cached()
  nothingKept() {
    runs++;
  }

  @Get('tagged/:id')
  @Cached({
    ttl: (body: { id: string }) => (body.id === 'brief' ? 0 : 60),
    tags: tagsSeen,
    cacheIf: (body: { id: string }) => body.id !== 'never',
  })
  tagged(@Param('id') id: string) {
    return { id, run: ++runs };
  }

  @Get('recursive/:depth')
  @Cached()
  recursive(@Param('depth', ParseIntPipe) depth: number): string {
    runs++;
    return depth === 0 ? 'end' : `${depth} ${this.recursive(depth - 1)}`;
  }

  @Get('keyed/:id')
  @Cached({
    key: (id: string, tenant: string, page: string, context: ExecutionContext) =>
      `${context.getClass().name}/${typeof id}${id}/${tenant}/${page}`,
  })
  keyed(
    @Param('id', ParseIntPipe) id: number,
    @Tenant('x-tenant') tenant: string,
    @Query('page') page: string,
  ) {
    return `${id} ${tenant} ${page} ${++runs}`;
  }

  @Get('replied/:id')
  @Cached({ key: (reply: Reply, id: string) => `${typeof reply.header} ${id}` })
  replied(@Res({ passthrough: true }) reply: Reply, @Param('id') id: string) {
    reply.header('X-Id', id);
    return `${id} ${++runs}`;
  }

  @Get('bad-key')
  @Cached({
    key: () => {
      throw new Error('no key today');
    },
  })
  badKey() {
    return `${++runs}`;
  }

  @Get('no-key')
  @Cached({ key: (async () => 'promised') as never })
  noKey() {
    return `${++runs}`;
  }
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
class ScopedController {
  @Get()
  @Cached()
  get(@Req() request: { url: string }) {
    return `${request.url} ${++runs}`;
  }
}

class BaseController {
  @Get('inherited')
  @Cached()
  inherited() {
    return `${this.constructor.name} ${++runs}`;
  }
}
@Controller('one')
class OneController extends BaseController {}
@Controller('other')
class OtherController extends BaseController {}

const controllers = [QuotesController, ScopedController, OneController, OtherController];
const errors = jest.fn<(message: string) => void>();
const options = { clock: { now: () => clock }, logger: { warn: () => {}, error: errors } };

afterEach(closeAll);

describe.each(PLATFORMS)('cached routes on %s', (platform) => {
  let http: HttpApplication;

  beforeEach(async () => {
    runs = 0;
    gate = deferred<void>();
    errors.mockClear();
    tagsSeen.mockClear();
    http = await HttpApplication.start(platform, { controllers }, options);
  });

  async function expectRuns(path: string, statuses: (string | null)[]): Promise<void> {
    for (const cache of statuses) expect(await http.get(path)).toMatchObject({ cache });
  }

  async function coalesced(count: number): Promise<void> {
    while (http.app.get(CacheService).getStats().loads.coalesced < count) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('answers the second request from the cache', async () => {
    const first = await http.get('/quotes');
    expect(first).toMatchObject({ status: 200, cache: 'MISS' });
    expect(await http.get('/quotes')).toEqual({ ...first, cache: 'HIT' });
    expect(runs).toBe(1);
  });

  it('tells the age of a hit in whole seconds', async () => {
    const miss = await http.fetch('/quotes');
    clock += 2500;
    const hit = await http.fetch('/quotes');
    expect([miss.headers.get('age'), hit.headers.get('age')]).toEqual([null, '2']);
  });

  it('reads the query in canonical order, and keeps the order of one name', async () => {
    await expectRuns('/quotes?b=2&a=1&a=0', ['MISS', 'HIT']);
    await expectRuns('/quotes?a=1&b=2&a=0', ['HIT']);
    await expectRuns('/quotes?a=0&a=1&b=2', ['MISS']);
    await expectRuns('/quotes?c[]=1&c[]=2&a', ['MISS']);
    await expectRuns('/quotes?a&c%5B%5D=1&c%5B%5D=2', ['MISS', 'HIT']);
    await expectRuns('/quotes?a&c[]=2&c[]=1', ['MISS']);
    await expectRuns('/quotes?d=1&d[x]=2', ['MISS']);
    await expectRuns('/quotes?d[x]=2&d=1', ['MISS']);
    await expectRuns('/quotes', ['MISS']);
  });

  it.each(['above', 'below'])('keeps the other decorators when @Cached is %s', async (place) => {
    for (const cache of ['MISS', 'HIT']) {
      const response = await http.fetch(`/quotes/${place}/AAPL`);
      expect(response.status).toBe(203);
      expect(response.headers.get('x-static')).toBe('yes');
      expect(response.headers.get('x-cache')).toBe(cache);
      expect(await response.text()).toBe('AAPL 1');
    }
    const banned = await http.get(`/quotes/${place}/AAPL`, { 'x-banned': '1' });
    expect(banned).toMatchObject({ status: 403, cache: null });
    expect((await http.get(`/quotes/${place}/MSFT`)).body).toBe('MSFT 2');
  });

  it('runs the handler once for 50 concurrent requests', async () => {
    const answers = Promise.all(Array.from({ length: 50 }, () => http.get('/quotes/slow')));
    await coalesced(49);
    gate.resolve();
    const bodies = new Set((await answers).map(({ cache, body }) => `${cache} ${body}`));
    expect([...bodies]).toEqual(['MISS {"run":1}']);
    expect(runs).toBe(1);
  });

  it('gives a failure to all who wait for it, and keeps none', async () => {
    const answers = Promise.all(Array.from({ length: 5 }, () => http.get('/quotes/slow-failure')));
    await coalesced(4);
    gate.resolve();
    for (const answer of await answers) {
      expect(answer).toMatchObject({ status: 404, body: expect.stringContaining('failure 1') });
    }
    expect((await http.get('/quotes/slow-failure')).body).toContain('failure 2');
  });

  it('gives an answer that sets a cookie to nobody else, not even to those who wait', async () => {
    const answers = Promise.all(
      Array.from({ length: 5 }, async () => {
        const response = await http.fetch('/quotes/slow-cookie');
        return [await response.text(), response.headers.get('set-cookie')];
      }),
    );
    await coalesced(4);
    gate.resolve();
    const settled = await answers;
    expect(new Set(settled.map(([body]) => body)).size).toBe(5);
    for (const [body, cookie] of settled) expect(cookie).toBe(`id=${body}`);
  });

  it('does not keep errors', async () => {
    expect((await http.get('/quotes/teapot')).status).toBe(418);
    expect((await http.get('/quotes/teapot')).body).toContain('stout 2');
  });

  it('replays the status and the headers that the handler set', async () => {
    for (const cache of ['MISS', 'HIT']) {
      const response = await http.fetch('/quotes/dynamic');
      expect(response.status).toBe(206);
      expect(response.headers.get('x-cache')).toBe(cache);
      expect(response.headers.get('x-run')).toBe('1');
      expect(response.headers.get('link')).toBe('</next>; rel="next"');
      expect(await response.json()).toEqual({ run: 1 });
    }
  });

  it('keeps statuses of 2xx only', async () => {
    await expectRuns('/quotes/status/201', ['MISS', 'HIT']);
    await expectRuns('/quotes/status/404', ['BYPASS', 'BYPASS']);
    await expectRuns('/quotes/status/302', ['BYPASS', 'BYPASS']);
  });

  it('obeys the Cache-Control of the handler', async () => {
    await expectRuns('/quotes/header/max-age=5', ['MISS', 'HIT']);
    await expectRuns('/quotes/header/no-store', ['BYPASS', 'BYPASS']);
    await expectRuns('/quotes/header/private, max-age=5', ['BYPASS', 'BYPASS']);
    await expectRuns('/quotes/static-no-store', ['BYPASS', 'BYPASS']);
  });

  it('keeps the next answer of a route whose last one was not to be shared', async () => {
    await expectRuns('/quotes/second-only', ['BYPASS', 'MISS', 'HIT']);
  });

  it.each(['file', 'stream'])('never keeps a %s', async (kind) => {
    expect(await http.get(`/quotes/${kind}`)).toMatchObject({ cache: 'BYPASS', body: `${kind} 1` });
    expect(await http.get(`/quotes/${kind}`)).toMatchObject({ cache: 'BYPASS', body: `${kind} 2` });
    // The second request has not asked the cache at all.
    expect(http.app.get(CacheService).getStats().loads.count).toBe(1);
  });

  it('never keeps what the handler sends by itself, a redirect, or events', async () => {
    expect(await http.get('/quotes/self')).toMatchObject({ body: '1', cache: 'BYPASS' });
    expect(await http.get('/quotes/self')).toMatchObject({ body: '2', cache: 'BYPASS' });
    const moved = await http.fetch('/quotes/moved');
    const again = await http.fetch('/quotes/moved');
    const places = [moved.headers.get('location'), again.headers.get('location')];
    expect(places).toEqual(['https://example.com/3', 'https://example.com/4']);
    expect((await http.get('/quotes/events')).body).toContain('data: 5');
    expect((await http.get('/quotes/events')).body).toContain('data: 6');
  });

  it('never keeps a POST', async () => {
    for (const body of ['1', '2']) {
      const response = await http.fetch('/quotes', { method: 'POST' });
      expect(response.headers.get('x-cache')).toBe('BYPASS');
      expect(await response.text()).toBe(body);
    }
  });

  it('answers HEAD from the entry of GET, and the other way round', async () => {
    const head = await http.fetch('/quotes?h=1', { method: 'HEAD' });
    expect([head.status, head.headers.get('x-cache')]).toEqual([200, 'MISS']);
    await expectRuns('/quotes?h=1', ['HIT']);
    const again = await http.fetch('/quotes?h=1', { method: 'HEAD' });
    expect([again.headers.get('x-cache'), await again.text()]).toEqual(['HIT', '']);
    expect(runs).toBe(1);
  });

  it('caches a route of its own for HEAD', async () => {
    for (const cache of ['MISS', 'HIT']) {
      const head = await http.fetch('/quotes/only', { method: 'HEAD' });
      expect(head.headers.get('x-cache')).toBe(cache);
    }
    expect(runs).toBe(1);
  });

  it('keeps the last value of an Observable', async () => {
    for (let time = 0; time < 2; time++) {
      expect((await http.get('/quotes/observable')).body).toBe('last 1');
    }
  });

  it('keeps an empty answer, unless negativeTtl says otherwise', async () => {
    await expectRuns('/quotes/nothing-kept', ['MISS', 'HIT']);
    await expectRuns('/quotes/nothing', ['MISS', 'MISS']);
  });

  it('gives the body to the functions of the options', async () => {
    await expectRuns('/quotes/tagged/kept', ['MISS', 'HIT']);
    expect(tagsSeen).toHaveBeenCalledWith({ id: 'kept', run: 1 });
    await expectRuns('/quotes/tagged/brief', ['MISS', 'MISS']);
    await expectRuns('/quotes/tagged/never', ['MISS', 'MISS']);
    await http.app.get(CacheService).invalidateTags(['seen']);
    await expectRuns('/quotes/tagged/kept', ['MISS', 'HIT']);
  });

  it('does not cache the call of a handler twice, but caches the calls it makes', async () => {
    expect((await http.get('/quotes/recursive/2')).body).toBe('2 1 end');
    expect(runs).toBe(3);
    // By arguments: depth 1 and 0. By route: depth 2.
    expect(http.app.get(CacheService).getStats().memoryCache.entries).toBe(3);
    expect((await http.get('/quotes/recursive/3')).body).toBe('3 2 1 end');
    // Depth 2 is in the cache as a route only, so 3 and 2 ran.
    expect(runs).toBe(5);
  });

  it('gives the key function the arguments as sent, and the context', async () => {
    const headers = { 'x-tenant': 'acme', authorization: 'Bearer alice' };
    const path = '/quotes/keyed/007?page=2&ignored=1';
    expect(await http.get(path, headers)).toMatchObject({ cache: 'MISS', body: '7 acme 2 1' });
    const same = '/quotes/keyed/007?page=2';
    expect(await http.get(same, headers)).toMatchObject({ cache: 'HIT', body: '7 acme 2 1' });
    const { memory } = http.app.get(CacheService);
    expect([...memory.keys()]).toEqual(['QuotesController/string007/acme/2']);
  });

  it('gives the key the response, which on Fastify is a thenable', async () => {
    await expectRuns('/quotes/replied/1', ['MISS', 'HIT']);
    expect(http.app.get(CacheService).memory.keys()).toEqual(['function 1']);
  });

  it('serves the request when the key cannot be made, and says so once', async () => {
    await expectRuns('/quotes/bad-key', ['BYPASS', 'BYPASS']);
    expect(errors).toHaveBeenCalledTimes(1);
    expect(errors.mock.calls[0]?.[0]).toContain('no key today');
    await expectRuns('/quotes/no-key', ['BYPASS', 'BYPASS']);
    expect(errors).toHaveBeenCalledTimes(2);
    expect(runs).toBe(4);
  });

  it('serves the request once when the cache fails', async () => {
    const cache = http.app.get(CacheService);
    const before = jest.spyOn(cache, 'getOrSet').mockRejectedValueOnce(new Error('broken'));
    expect(await http.get('/quotes')).toMatchObject({ status: 200, cache: 'BYPASS' });
    before.mockImplementationOnce(async (_key, factory) => {
      const { signal } = new AbortController();
      await factory({ skip() {}, setTtl() {}, setTags() {}, signal, stale: undefined });
      throw new Error('broken after the load');
    });
    expect(await http.get('/quotes?b')).toMatchObject({ status: 200 });
    expect(runs).toBe(2);
  });

  it('caches request-scoped controllers', async () => {
    const first = await http.get('/scoped?a=1');
    expect(await http.get('/scoped?a=1')).toEqual({ ...first, cache: 'HIT' });
    expect((await http.get('/scoped?a=2')).cache).toBe('MISS');
  });

  it('tells controllers apart that inherit one handler', async () => {
    expect((await http.get('/one/inherited')).body).toBe('OneController 1');
    expect((await http.get('/other/inherited')).body).toBe('OtherController 2');
    expect((await http.get('/one/inherited')).body).toBe('OneController 1');
  });

  it('tells hosts apart', async () => {
    const ask = (host: string) => http.statusForHost('/quotes', host);
    expect([await ask('a.test'), await ask('A.test')]).toEqual(['MISS', 'HIT']);
    expect([await ask('b.test'), await ask('a.test')]).toEqual(['MISS', 'HIT']);
  });

  it('serves all the same when the cache is switched off', async () => {
    const off = await HttpApplication.start(platform, { controllers }, { enabled: false });
    expect((await off.get('/quotes')).cache).toBe('BYPASS');
    expect((await off.get('/quotes')).cache).toBe('BYPASS');
    expect(runs).toBe(2);
  });

  it('serves controllers of modules that do not see a cache that is not global', async () => {
    class Feature {}
    const feature = { module: Feature, controllers: [QuotesController] };
    const local = await HttpApplication.start(
      platform,
      { imports: [feature] },
      { isGlobal: false },
    );
    expect((await local.get('/quotes')).cache).toBe('MISS');
    expect((await local.get('/quotes')).cache).toBe('HIT');
  });
});
