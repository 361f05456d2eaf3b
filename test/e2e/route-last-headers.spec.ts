import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type INestApplication, Controller, Get, Header } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import { closeAll, HttpApplication, type Platform, PLATFORMS } from './http-application.js';
import { deferred } from '../support/deferred.js';
import { until } from '../support/turns.js';

interface FastifyReply {
  header(name: string, value: string): void;
}

type Headers = Record<string, string | undefined>;

interface Request {
  url: string;
  headers: Headers;
}

interface Fastify {
  addHook(name: 'onSend', hook: (request: Request, reply: FastifyReply) => Promise<void>): void;
}

/** What is set when a response goes out, by the last part of its path. */
const LAST: Record<string, [name: string, value: () => string] | undefined> = {
  cookie: ['Set-Cookie', () => `session=${randomUUID()}`],
  'no-store': ['Cache-Control', () => 'no-store'],
  private: ['Cache-Control', () => 'private'],
  varied: ['Vary', () => '*'],
  harmless: ['X-Trace', () => randomUUID()],
};

/** As session stores set their cookies: `on-headers` in Express, a hook in Fastify. */
function setAtLast(app: INestApplication, platform: Platform): void {
  const lastOf = (url: string, headers: Headers) =>
    LAST[url.slice(1)] ?? (headers['x-last'] === undefined ? undefined : LAST[headers['x-last']]);
  if (platform === 'Fastify') {
    const fastify = app.getHttpAdapter().getInstance() as Fastify;
    fastify.addHook('onSend', async ({ url, headers }, reply) => {
      const [name, value] = lastOf(url, headers) ?? [];
      if (name !== undefined) reply.header(name, value!());
    });
    return;
  }
  app.use((request: Request, response: ServerResponse, next: () => void) => {
    const [name, value] = lastOf(request.url, request.headers) ?? [];
    const writeHead = response.writeHead as (...args: unknown[]) => ServerResponse;
    response.writeHead = (...args: unknown[]) => {
      if (name !== undefined) response.setHeader(name, value!());
      return writeHead.apply(response, args);
    };
    next();
  });
}

let runs = 0;
let closed = deferred<void>();
let begun = deferred<void>();
let gate = deferred<void>();

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

@Controller()
class Carts {
  @Get('said')
  @Header('Cache-Control', 'max-age=5')
  @Cached('1m')
  said(): object {
    return { run: ++runs };
  }

  @Get(':name')
  @Cached('1m')
  async cart(): Promise<{ run: number }> {
    const run = ++runs;
    begun.resolve();
    await gate.promise;
    return { run };
  }
}

afterEach(closeAll);

describe.each(PLATFORMS)('headers set at the last moment on %s', (platform) => {
  let http: HttpApplication;

  beforeEach(async () => {
    runs = 0;
    closed = deferred<void>();
    begun = deferred<void>();
    gate = deferred<void>();
    http = await HttpApplication.start(platform, { controllers: [Carts] }, {}, (app) => {
      app.use((_request: object, response: ServerResponse, next: () => void) => {
        response.once('close', closed.resolve);
        next();
      });
      setAtLast(app, platform);
    });
  });

  it.each(['cookie', 'no-store', 'private', 'varied'])(
    'keep the answer from all others: %s',
    async (name) => {
      const waiting = [1, 2, 3].map(() => http.fetch(`/${name}`));
      await begun.promise;
      gate.resolve();
      const answers = await Promise.all(waiting);
      answers.push(await http.fetch(`/${name}`));
      const bodies = await Promise.all(answers.map((answer) => answer.text()));
      expect(new Set(bodies).size).toBe(4);
      const cookies = new Set(answers.map(({ headers }) => headers.get('set-cookie')));
      expect(cookies.size).toBe(name === 'cookie' ? 4 : 1);
      for (const { headers } of answers) {
        expect(headers.get('x-cache')).toBe('BYPASS');
        expect(headers.get('cache-control') ?? '').not.toContain('public');
      }
      expect(http.app.get(CacheService).memory.keys()).toEqual([]);
    },
  );

  /** A visitor who gets a cookie as the answer goes out. */
  const visit = (path: string) => http.fetch(path, { headers: { 'x-last': 'cookie' } });

  it('keep a cookie from other caches on a hit too', async () => {
    gate.resolve();
    expect((await http.fetch('/news')).headers.get('x-cache')).toBe('MISS');
    const { headers } = await visit('/news');
    expect([headers.get('x-cache'), headers.get('cache-control')]).toEqual([
      'HIT',
      'private, no-store',
    ]);
    expect(headers.get('set-cookie')).toContain('session=');
    expect((await http.fetch('/news')).headers.get('cache-control')).toBe('public, max-age=60');
  });

  it('keep a cookie from other caches for one who waited', async () => {
    const cache = http.app.get(CacheService);
    const first = http.fetch('/news');
    await begun.promise;
    const second = visit('/news');
    await until(() => cache.getStats().loads.coalesced === 1);
    gate.resolve();
    expect((await first).headers.get('cache-control')).toBe('public, max-age=60');
    const { headers } = await second;
    expect([headers.get('x-cache'), headers.get('cache-control')]).toEqual([
      'MISS',
      'private, no-store',
    ]);
  });

  it('keep a cookie from other caches where a plain value is served', async () => {
    gate.resolve();
    await http.fetch('/news');
    const cache = http.app.get(CacheService);
    await cache.set(cache.memory.keys()[0]!, { run: 'put' });
    const { headers } = await visit('/news');
    expect([headers.get('x-cache'), headers.get('cache-control')]).toEqual([
      'HIT',
      'private, no-store',
    ]);
  });

  it.each([
    ['cookie', 0],
    ['no-store', 0],
    ['private', 0],
    ['varied', 0],
    ['harmless', 1],
  ])('are known of an answer whose client has left: %s', async (name, kept) => {
    const leaving = new AbortController();
    const left = http.fetch(`/${name}`, { signal: leaving.signal }).catch(() => 'left');
    await begun.promise;
    leaving.abort();
    expect(await left).toBe('left');
    await closed.promise;
    gate.resolve();
    await turn();
    await turn();
    const cache = http.app.get(CacheService);
    expect([cache.memory.keys().length, cache.getStats().loads.count]).toEqual([kept, 1]);
    const next = await http.fetch(`/${name}`);
    expect(next.headers.get('x-cache')).toBe(kept === 1 ? 'HIT' : 'BYPASS');
  });

  it('leave what the handler says of its answer', async () => {
    gate.resolve();
    await http.fetch('/said');
    const { headers } = await visit('/said');
    expect([headers.get('x-cache'), headers.get('cache-control')]).toEqual(['HIT', 'max-age=5']);
  });

  it('do no harm otherwise', async () => {
    gate.resolve();
    const answers = [await http.fetch('/harmless'), await http.fetch('/harmless')];
    expect(answers.map(({ headers }) => headers.get('x-cache'))).toEqual(['MISS', 'HIT']);
    const traces = answers.map(({ headers }) => headers.get('x-trace'));
    expect(traces[0]).not.toBe(traces[1]);
    expect(answers[0]!.headers.get('cache-control')).toBe('public, max-age=60');
    expect(answers[0]!.headers.get('etag')).toBe(answers[1]!.headers.get('etag'));
    expect(runs).toBe(1);
  });
});
