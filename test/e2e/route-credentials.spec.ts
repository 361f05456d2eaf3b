import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Headers,
  Inject,
  Injectable,
  Param,
  Req,
  Scope,
  UseGuards,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheService, type CachedOptions } from 'nestjs-tiered-cache';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';
import { deferred } from '../support/deferred.js';
import { byUser, type UserRequest } from './user-request.js';

let runs = 0;
let gate = deferred<void>();

/** Knows the user by a header that no list of credential headers has. */
@Injectable()
class Session implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<UserRequest>();
    const user = request.headers['x-session'];
    if (user !== undefined) request.user = user;
    return true;
  }
}

function whoAmI(request: UserRequest): string {
  runs++;
  const { authorization, cookie, 'x-session': session } = request.headers;
  return `${authorization ?? cookie ?? session ?? 'nobody'} in ${request.headers['x-locale']}`;
}

function routeWith(path: string, options?: CachedOptions) {
  @Controller(path)
  @UseGuards(Session)
  class Me {
    @Get()
    @Cached(options)
    async me(@Req() request: UserRequest): Promise<string> {
      await gate.promise;
      return whoAmI(request);
    }
  }
  return Me;
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
class ScopedMe {
  constructor(@Inject(REQUEST) private readonly request: UserRequest) {}

  @Get()
  @Cached()
  me(): string {
    return whoAmI(this.request);
  }

  @Get('summary')
  async summary(): Promise<string> {
    return `summary: ${await this.me()}`;
  }

  @Get('by-argument')
  @Cached()
  byArgument(@Headers('x-locale') _locale: string): string {
    return whoAmI(this.request);
  }
}

const byToken = (context: ExecutionContext) =>
  context.switchToHttp().getRequest<{ query: { token?: string } }>().query.token;

@Controller('feed')
@UseGuards(Session)
class Feed {
  @Get(':topic')
  @Cached({ key: (topic: string) => `feed ${topic}`, varyBy: byUser })
  of(@Param('topic') topic: string, @Req() request: UserRequest): string {
    return `${topic.slice(0, 4)} for ${whoAmI(request)}`;
  }
}

const controllers = [
  routeWith('plain'),
  routeWith('public', { scope: 'public' }),
  routeWith('private', { scope: 'private' }),
  routeWith('private-by-user', { scope: 'private', varyBy: byUser }),
  routeWith('by-authorization', { varyBy: 'authorization' }),
  routeWith('by-cookie', { varyBy: ['cookie', 'header:X-Locale'] }),
  routeWith('by-locale', { varyBy: 'header:x-locale' }),
  routeWith('by-user', { varyBy: byUser }),
  routeWith('by-promise', { varyBy: (async () => 'user') as never }),
  routeWith('by-error', {
    varyBy: () => {
      throw new Error('no session store');
    },
  }),
  routeWith('by-key', { key: (request: UserRequest) => `${request.headers['authorization']}` }),
  routeWith('by-key-and-user', { key: () => 'me', varyBy: byUser }),
  Feed,
  routeWith('by-token', { ignoreQuery: ['token'], varyBy: byToken }),
  ScopedMe,
];

const alice = { authorization: 'Bearer alice', 'x-locale': 'en' };
const bob = { authorization: 'Bearer bob', 'x-locale': 'en' };

afterEach(closeAll);

describe.each(PLATFORMS)('requests with credentials on %s', (platform) => {
  let http: HttpApplication;

  beforeEach(async () => {
    runs = 0;
    gate = deferred<void>();
    gate.resolve();
    const logger = { warn: () => {}, error: () => {} };
    http = await HttpApplication.start(platform, { controllers }, { logger });
  });

  it.each([
    { authorization: 'Bearer alice' },
    { cookie: 'id=alice' },
    { 'proxy-authorization': 'Basic alice' },
    { 'x-api-key': 'alice' },
    { 'x-auth-token': 'alice' },
    { 'x-access-token': 'alice' },
    { 'x-session': 'alice' },
  ])('pass the cache by: %j', async (headers: Record<string, string>) => {
    const anonymous = await http.get('/plain');
    expect(anonymous.cache).toBe('MISS');
    expect(await http.get('/plain', headers)).toMatchObject({ cache: 'BYPASS' });
    expect(await http.get('/plain', headers)).toMatchObject({ cache: 'BYPASS' });
    expect(await http.get('/plain')).toEqual({ ...anonymous, cache: 'HIT' });
    expect(runs).toBe(3);
  });

  it('do not keep anything either', async () => {
    await http.get('/plain', alice);
    expect(http.app.get(CacheService).getStats().memoryCache.entries).toBe(0);
    expect(await http.get('/plain')).toMatchObject({ cache: 'MISS', body: 'nobody in undefined' });
  });

  it('are not mixed when they come at once', async () => {
    gate = deferred<void>();
    const users = Array.from({ length: 20 }, (_, at) => `Bearer user${at}`);
    const answers = users.map((authorization) => http.get('/plain', { authorization }));
    gate.resolve();
    const bodies = (await Promise.all(answers)).map(({ body }) => body);
    expect(bodies).toEqual(users.map((user) => `${user} in undefined`));
  });

  it('are not mixed by a request-scoped controller without arguments', async () => {
    for (const path of ['/scoped', '/scoped/by-argument']) {
      for (const user of [alice, bob, alice]) {
        const answer = await http.get(path, user);
        expect(answer).toEqual({
          status: 200,
          cache: 'BYPASS',
          body: `${user.authorization} in en`,
        });
      }
    }
  });

  it('share the answer where the scope is public', async () => {
    expect(await http.get('/public', alice)).toMatchObject({ cache: 'MISS' });
    expect(await http.get('/public', bob)).toMatchObject({
      cache: 'HIT',
      body: 'Bearer alice in en',
    });
  });

  it('are never cached where the scope is private, nor is anyone else', async () => {
    for (const headers of [alice, alice, {}, {}]) {
      expect(await http.get('/private', headers as Record<string, string>)).toMatchObject({
        cache: 'BYPASS',
      });
    }
  });

  it.each(['by-authorization', 'by-key'])('have an entry each with %s', async (path) => {
    for (const cache of ['MISS', 'HIT']) {
      for (const user of [alice, bob]) {
        const answer = await http.get(`/${path}`, user);
        expect(answer).toEqual({ status: 200, cache, body: `${user.authorization} in en` });
      }
    }
  });

  it.each(['by-user', 'private-by-user', 'by-key-and-user'])(
    'vary by function: %s',
    async (path) => {
      for (const cache of ['MISS', 'HIT']) {
        for (const user of ['alice', 'bob']) {
          const answer = await http.get(`/${path}`, { 'x-session': user });
          expect(answer).toEqual({ status: 200, cache, body: `${user} in undefined` });
        }
      }
      expect((await http.get(`/${path}`, { cookie: 'a=b' })).cache).toBe('BYPASS');
    },
  );

  it('vary by several things at once', async () => {
    const ask = async (cookie: string, locale: string) =>
      (await http.get('/by-cookie', { cookie, 'x-locale': locale })).cache;
    expect([await ask('a=1', 'en'), await ask('a=1', 'en')]).toEqual(['MISS', 'HIT']);
    expect([await ask('a=1', 'de'), await ask('a=2', 'en')]).toEqual(['MISS', 'MISS']);
  });

  it('pass by when they have nothing of what the route varies by', async () => {
    const { 'x-locale': _, ...withoutLocale } = alice;
    expect((await http.get('/by-locale', withoutLocale)).cache).toBe('BYPASS');
    expect((await http.get('/by-authorization', { cookie: 'id=alice' })).cache).toBe('BYPASS');
    expect((await http.get('/by-authorization')).cache).toBe('MISS');
    expect((await http.get('/private-by-user')).cache).toBe('BYPASS');
  });

  it('pass by when a function gives no text', async () => {
    for (const path of ['/by-promise', '/by-error']) {
      expect((await http.get(path, alice)).body).toBe('Bearer alice in en');
      expect(await http.get(path, bob)).toMatchObject({
        cache: 'BYPASS',
        body: 'Bearer bob in en',
      });
    }
  });

  it('may have a token in the query, which is then not readable either', async () => {
    const cacheOf = async (query: string) => (await http.get(`/by-token${query}`)).cache;
    expect([await cacheOf('?token=s3cret'), await cacheOf('?token=other')]).toEqual([
      'MISS',
      'MISS',
    ]);
    expect([await cacheOf('?token=s3cret'), await cacheOf('')]).toEqual(['HIT', 'MISS']);
    expect(await cacheOf('?token=s3cret&token=other')).toBe('BYPASS');
    expect([...http.app.get(CacheService).memory.keys()].join()).not.toContain('s3cret');
    const { headers } = await http.fetch('/by-token?token=s3cret');
    expect(headers.get('cache-control')).toMatch(/^private/);
  });

  it('are not mixed by a request-scoped controller that calls its own route', async () => {
    for (const headers of [alice, bob, alice]) {
      const { body } = await http.get('/scoped/summary', headers);
      expect(body).toBe(`summary: ${headers.authorization} in en`);
    }
  });

  it("cannot be had by spelling another one's part of a key", async () => {
    await http.get('/feed/news', { 'x-session': 'alice' });
    const [key] = http.app.get(CacheService).memory.keys();
    const topic = encodeURIComponent(key!.slice('feed '.length));
    for (const cache of ['MISS', 'HIT']) {
      const forged = await http.get(`/feed/${topic}`);
      expect(forged).toMatchObject({ cache, body: 'news for nobody in undefined' });
    }
  });

  it('are not readable in keys', async () => {
    await http.get('/by-authorization', { authorization: 'Bearer s3cret' });
    await http.get('/by-cookie', { cookie: 'id=s3cret' });
    await http.get('/by-key-and-user', { 'x-session': 's3cret' });
    const keys = [...http.app.get(CacheService).memory.keys()];
    expect(keys).toHaveLength(3);
    expect(keys.join()).not.toContain('s3cret');
  });
});
