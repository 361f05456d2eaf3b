import { Controller, Get, Head, Header, HttpCode, Param, Res } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cached, type CachedOptions, CacheService } from 'nestjs-tiered-cache';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

interface Reply {
  header(name: string, value: string): unknown;
}

let runs = 0;
let clock: ManualClock;

function routeWith(path: string, options: CachedOptions) {
  @Controller(path)
  class Route {
    @Get()
    @Cached({ ttl: 60, ...options })
    get(): object {
      return { run: ++runs };
    }
  }
  return Route;
}

@Controller('own')
class OwnHeaders {
  @Get('no-cache')
  @Header('Cache-Control', 'no-cache')
  @Cached(60)
  noCache(): string {
    return `${++runs}`;
  }

  @Get('cache-control')
  @Header('Cache-Control', 'max-age=5')
  @Cached(60)
  cacheControl(): string {
    return `${++runs}`;
  }

  @Get('vary')
  @Cached(60)
  vary(@Res({ passthrough: true }) reply: Reply): string {
    reply.header('vary', 'Accept-Language, cookie');
    return `${++runs}`;
  }

  @Get('expires')
  @Cached({ ttl: 60, staleIfError: '1h' })
  expires(@Res({ passthrough: true }) reply: Reply): string {
    reply.header('expires', '0');
    return `${++runs}`;
  }

  @Get('etag')
  @Cached(60)
  etag(@Res({ passthrough: true }) reply: Reply): string {
    reply.header('etag', '"mine"');
    return `${++runs}`;
  }

  @Get('set-cookie')
  @Header('Set-Cookie', 'of=one')
  @Cached(60)
  setCookie(): string {
    return `${++runs}`;
  }

  @Get('declared-vary')
  @Header('Vary', 'Accept-Language, cookie')
  @Cached(60)
  declaredVary(): string {
    return `${++runs}`;
  }

  @Get('declared-etag')
  @Header('ETag', '"mine"')
  @Cached(60)
  declaredTag(): string {
    return `${++runs}`;
  }

  @Get('private')
  @Header('Cache-Control', 'private')
  @Cached({ ttl: 60, varyBy: 'authorization' })
  private(): string {
    return `${++runs}`;
  }

  @Get('ttl/:ttl')
  @Cached({ ttl: (body: { ttl: number }) => body.ttl, cacheIf: (body: object) => !('no' in body) })
  ttl(@Param('ttl') ttl: string): object {
    return { ttl: Number(ttl), run: ++runs, ...(ttl === '7' ? { no: true } : {}) };
  }
}

@Controller('nothing')
class Nothing {
  @Get('null')
  @Cached(60)
  null(): null {
    runs++;
    return null;
  }

  @Get('undefined')
  @Cached(60)
  undefined(): void {
    runs++;
  }

  @Get('no-content')
  @HttpCode(204)
  @Cached(60)
  noContent(): void {
    runs++;
  }

  @Get('put')
  @Cached({ ttl: 60, key: () => 'put nothing' })
  put(): void {
    runs++;
  }

  @Head('head')
  @Cached(60)
  head(): void {
    runs++;
  }
}

const controllers = [
  Nothing,
  OwnHeaders,
  routeWith('plain', {}),
  routeWith('public', { scope: 'public' }),
  routeWith('for-ever', { ttl: Infinity, scope: 'public' }),
  routeWith('by-language', { varyBy: 'header:Accept-Language' }),
  routeWith('by-user', { varyBy: ['authorization', 'header:X-Tenant'] }),
  routeWith('by-function', { scope: 'public', varyBy: () => 'all' }),
  routeWith('by-key', { key: () => 'key' }),
  routeWith('ignoring', { ignoreQuery: ['utm_*', 'fbclid', '*_ref*'] }),
  routeWith('refreshed', { allowClientRefresh: true }),
];

beforeEach(() => {
  runs = 0;
  clock = new ManualClock(1_000_000);
});

afterEach(closeAll);

describe.each(PLATFORMS)('the headers of a cached route on %s', (platform) => {
  let http: HttpApplication;

  beforeEach(async () => {
    http = await HttpApplication.start(platform, { controllers }, { clock });
  });

  async function headersOf(path: string, headers: Record<string, string> = {}) {
    const response = await http.fetch(path, { headers });
    await response.text();
    return (name: string) => response.headers.get(name);
  }

  async function cacheOf(path: string, headers: Record<string, string> = {}) {
    return (await headersOf(path, headers))('x-cache');
  }

  it.each([
    ['/plain', {}, 'public, max-age=60', 'Authorization, Cookie'],
    ['/public', {}, 'public, max-age=60', null],
    ['/public', { authorization: 'alice' }, 'public, max-age=60', null],
    ['/for-ever', {}, 'public, max-age=31536000', null],
    ['/by-language', {}, 'public, max-age=60', 'Accept-Language, Authorization, Cookie'],
    [
      '/by-user',
      { authorization: 'alice' },
      'private, max-age=60',
      'Authorization, X-Tenant, Cookie',
    ],
    ['/by-function', {}, 'private, max-age=60', null],
    ['/by-key', {}, 'private, max-age=60', 'Authorization, Cookie'],
  ])('tell other caches what they may do: %s %j', async (path, headers, cacheControl, vary) => {
    for (const cache of ['MISS', 'HIT']) {
      const get = await headersOf(path, headers as Record<string, string>);
      expect([get('x-cache'), get('cache-control'), get('vary')]).toEqual([
        cache,
        cacheControl,
        vary,
      ]);
    }
  });

  it('tell a lifetime and an age, of which others make what is left', async () => {
    expect((await headersOf('/plain'))('age')).toBeNull();
    clock.advance(59_999);
    const get = await headersOf('/plain');
    expect([get('x-cache'), get('age'), get('cache-control')]).toEqual([
      'HIT',
      '59',
      'public, max-age=60',
    ]);
    clock.advance(1);
    expect(await cacheOf('/plain')).toBe('MISS');
  });

  it('tell the TTL that is made of the body, and none of what is not kept', async () => {
    expect((await headersOf('/own/ttl/90'))('cache-control')).toBe('public, max-age=90');
    for (const path of ['/own/ttl/0', '/own/ttl/7']) {
      const get = await headersOf(path);
      expect([get('x-cache'), get('cache-control')]).toEqual(['MISS', null]);
      expect(await cacheOf(path)).toBe('MISS');
    }
  });

  it('have others ask each time where the handler says no-cache, and answer with a 304', async () => {
    const miss = await headersOf('/own/no-cache');
    expect([miss('x-cache'), miss('cache-control')]).toEqual(['MISS', 'no-cache']);
    const hit = await headersOf('/own/no-cache');
    expect([hit('x-cache'), hit('cache-control')]).toEqual(['HIT', 'no-cache']);
    const known = { 'if-none-match': hit('etag')! };
    const { status, headers } = await http.fetch('/own/no-cache', { headers: known });
    expect([status, headers.get('cache-control')]).toEqual([304, 'no-cache']);
  });

  it('leave it to the handler’s Expires how long others may keep it', async () => {
    for (const cache of ['MISS', 'HIT']) {
      const get = await headersOf('/own/expires');
      expect([get('x-cache'), get('cache-control'), get('expires')]).toEqual([
        cache,
        'public',
        '0',
      ]);
    }
  });

  it('tell in what answers differ with those too that are not kept', async () => {
    const get = await headersOf('/plain', { cookie: 'of=one' });
    expect([get('x-cache'), get('vary')]).toEqual(['BYPASS', 'Authorization, Cookie']);
    const { headers } = await http.fetch('/own/set-cookie');
    expect([headers.get('x-cache'), headers.get('vary')]).toEqual([
      'BYPASS',
      'Authorization, Cookie',
    ]);
  });

  it('leave the handler its own', async () => {
    for (const cache of ['MISS', 'HIT']) {
      const own = await headersOf('/own/cache-control');
      expect([own('x-cache'), own('cache-control')]).toEqual([cache, 'max-age=5']);
      for (const path of ['/own/etag', '/own/declared-etag']) {
        const tagged = await headersOf(path);
        expect([tagged('x-cache'), tagged('etag')]).toEqual([cache, '"mine"']);
        const known = await http.fetch(path, { headers: { 'if-none-match': '"mine"' } });
        expect(known.status).toBe(304);
      }
      for (const path of ['/own/vary', '/own/declared-vary']) {
        const vary = await headersOf(path);
        expect([vary('x-cache'), vary('vary')]).toEqual([
          cache,
          'Accept-Language, cookie, Authorization',
        ]);
      }
    }
  });

  it.each(['/own/vary', '/own/declared-vary'])(
    'keep apart what the handler says to depend on a header: %s',
    async (path) => {
      const german = { 'accept-language': 'de' };
      expect(await cacheOf(path)).toBe('MISS');
      expect([await cacheOf(path, german), await cacheOf(path, german)]).toEqual([
        'BYPASS',
        'BYPASS',
      ]);
      expect(await cacheOf(path)).toBe('HIT');
    },
  );

  it('keep what the handler calls private where every caller has an entry of his own', async () => {
    const caches = [];
    for (const user of ['alice', 'bob', 'alice', 'bob']) {
      caches.push(await cacheOf('/own/private', { authorization: user }));
    }
    expect(caches).toEqual(['MISS', 'MISS', 'HIT', 'HIT']);
    expect([await cacheOf('/own/private'), await cacheOf('/own/private')]).toEqual([
      'BYPASS',
      'BYPASS',
    ]);
  });

  describe('If-None-Match', () => {
    async function ask(ifNoneMatch: string, method = 'GET', path = '/plain') {
      const response = await http.fetch(path, {
        method,
        headers: { 'if-none-match': ifNoneMatch },
      });
      const length = response.headers.get('content-length');
      return { status: response.status, body: await response.text(), response, length };
    }

    it.each(['GET', 'HEAD'])('gives 304 and no body to one who has it: %s', async (method) => {
      const etag = (await headersOf('/plain'))('etag')!;
      expect(etag).toMatch(/^"[\w-]{27}"$/);
      for (const list of [etag, `W/${etag}`, `"a,b", ${etag}`, `"x",W/${etag} , "y"`, '*', ' * ']) {
        const { status, body, response } = await ask(list, method);
        expect([list, status, body]).toEqual([list, 304, '']);
        const of = (name: string) => response.headers.get(name);
        expect([of('x-cache'), of('etag'), of('age')]).toEqual(['HIT', etag, '0']);
        expect([of('cache-control'), of('vary')]).toEqual([
          'public, max-age=60',
          'Authorization, Cookie',
        ]);
        expect(of('content-encoding')).toBeNull();
        if (method === 'GET') expect(of('content-type')).toBeNull();
      }
      expect(runs).toBe(1);
    });

    it('sends no length of nothing', async () => {
      const etag = (await headersOf('/plain'))('etag')!;
      expect((await ask(etag)).length).toBeNull();
      expect(['9', null]).toContain((await ask(etag, 'HEAD')).length);
    });

    it('gives the body to others', async () => {
      const etag = (await headersOf('/plain'))('etag')!;
      for (const list of [
        '"other"',
        etag.slice(1, -1),
        `${etag.slice(0, -1)}x"`,
        '',
        'W/"other"',
      ]) {
        expect(await ask(list)).toMatchObject({ status: 200, body: '{"run":1}' });
      }
    });

    it('is asked of a new answer too', async () => {
      const etag = (await headersOf('/plain'))('etag')!;
      runs = 0;
      clock.advance(60_000);
      const { status, response } = await ask(etag);
      expect([status, response.headers.get('x-cache')]).toEqual([304, 'MISS']);
      expect(await http.get('/plain')).toMatchObject({ cache: 'HIT', body: '{"run":1}' });
    });

    it.each(['null', 'undefined', 'no-content', 'put'])(
      'is answered where there is no body: %s',
      async (path) => {
        await http.app.get(CacheService).set('put nothing', undefined, { ttl: 60 });
        const first = await http.fetch(`/nothing/${path}`);
        const status = path === 'no-content' ? 204 : 200;
        const etag = first.headers.get('etag') ?? '';
        expect([first.status, etag]).toEqual([status, expect.stringMatching(/^"[\w-]{27}"$/)]);
        for (const list of [etag, '*']) {
          const known = await ask(list, 'GET', `/nothing/${path}`);
          expect([known.status, known.body, known.length]).toEqual([304, '', null]);
          const of = (name: string) => known.response.headers.get(name);
          expect([of('x-cache'), of('etag'), of('age')]).toEqual(['HIT', etag, '0']);
        }
        expect((await ask('"other"', 'GET', `/nothing/${path}`)).status).toBe(status);
        expect(runs).toBe(path === 'put' ? 0 : 1);
      },
    );

    it('has no tag of a body that only GET would have', async () => {
      for (const cached of ['MISS', 'HIT']) {
        const { response } = await ask('"other"', 'HEAD', '/nothing/head');
        const of = (name: string) => response.headers.get(name);
        expect([response.status, of('x-cache'), of('etag')]).toEqual([200, cached, null]);
      }
    });

    it('has another tag for another body', async () => {
      const etag = (await headersOf('/plain?a'))('etag');
      expect((await headersOf('/plain?b'))('etag')).not.toBe(etag);
    });
  });

  it('ignore the names of the query that the route ignores', async () => {
    expect(await cacheOf('/ignoring?a=1&utm_source=x')).toBe('MISS');
    for (const query of [
      'a=1',
      'utm_=&a=1&fbclid=1',
      'utm%5Fcampaign=y&a=1',
      'my_ref_id=2&a=1',
      'a=1&_ref',
    ]) {
      expect([query, await cacheOf(`/ignoring?${query}`)]).toEqual([query, 'HIT']);
    }
    for (const query of ['a=1&utm', 'a=1&fbclid2=1', 'a=1&xutm_a=1', 'a=2']) {
      expect([query, await cacheOf(`/ignoring?${query}`)]).toEqual([query, 'MISS']);
    }
  });

  it('renew the entry for a client that asks, where the route allows it', async () => {
    const noCache = { 'cache-control': 'max-age=0, no-cache' };
    expect([await cacheOf('/plain'), await cacheOf('/plain', noCache)]).toEqual(['MISS', 'HIT']);
    await cacheOf('/refreshed?a');
    await cacheOf('/refreshed?b');
    runs = 10;
    const renewed = await http.get('/refreshed?a', noCache);
    expect(renewed).toMatchObject({ cache: 'MISS', body: '{"run":11}' });
    expect(await http.get('/refreshed?a')).toMatchObject({ cache: 'HIT', body: '{"run":11}' });
    expect(await http.get('/refreshed?b')).toMatchObject({ cache: 'HIT', body: '{"run":3}' });
    expect(await cacheOf('/refreshed?a', { pragma: 'no-cache' })).toBe('MISS');
    expect(await cacheOf('/refreshed?a', { 'cache-control': 'max-age=0' })).toBe('HIT');
  });

  it('are those of a body too that was put under the key of the route', async () => {
    await http.app.get(CacheService).set('key', { put: true });
    const get = await headersOf('/by-key');
    expect(get('x-cache')).toBe('HIT');
    const etag = get('etag')!;
    const response = await http.fetch('/by-key', { headers: { 'if-none-match': etag } });
    expect([response.status, await response.text()]).toEqual([304, '']);
    expect((await http.get('/by-key')).body).toBe('{"put":true}');
    expect(runs).toBe(0);
  });

  it('keep credentials out of keys, events and messages', async () => {
    const cache = http.app.get(CacheService);
    const seen: unknown[] = [];
    cache.events.onAny((event) => void seen.push(event));
    const log = jest.spyOn(console, 'error');
    for (let time = 0; time < 2; time++) {
      await http.get('/by-user', { authorization: 'Bearer s3cret' });
      await http.get('/plain', { cookie: 'id=s3cret' });
    }
    await cache.clear();
    expect(seen.length).toBeGreaterThan(3);
    expect(JSON.stringify([seen, [...cache.memory.keys()], log.mock.calls])).not.toContain(
      's3cret',
    );
    log.mockRestore();
  });
});
