import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type INestApplication, Controller, Get } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import {
  closeAll,
  deferred,
  HttpApplication,
  type Platform,
  PLATFORMS,
} from './http-application.js';

interface FastifyReply {
  header(name: string, value: string): void;
}

interface Fastify {
  addHook(
    name: 'onSend',
    hook: (request: { url: string }, reply: FastifyReply) => Promise<void>,
  ): void;
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
  if (platform === 'Fastify') {
    const fastify = app.getHttpAdapter().getInstance() as Fastify;
    fastify.addHook('onSend', async ({ url }, reply) => {
      const [name, value] = LAST[url.slice(1)] ?? [];
      if (name !== undefined) reply.header(name, value!());
    });
    return;
  }
  app.use(({ url }: { url: string }, response: ServerResponse, next: () => void) => {
    const [name, value] = LAST[url.slice(1)] ?? [];
    const writeHead = response.writeHead as (...args: unknown[]) => ServerResponse;
    response.writeHead = (...args: unknown[]) => {
      if (name !== undefined) response.setHeader(name, value!());
      return writeHead.apply(response, args);
    };
    next();
  });
}

let runs = 0;
let begun = deferred();
let gate = deferred();

@Controller()
class Carts {
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
    begun = deferred();
    gate = deferred();
    http = await HttpApplication.start(platform, { controllers: [Carts] }, {}, (app) => {
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
