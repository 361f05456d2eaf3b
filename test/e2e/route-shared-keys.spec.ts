import { Controller, Get, Injectable, Param } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { addressOf, Cached, CachePut, CacheService } from 'nestjs-tiered-cache';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';
import { deferred } from '../support/deferred.js';

let runs = 0;
let begun = deferred<void>();
let gate = deferred<void>();
let isFailing = false;

const BY_ID = { category: 'users', key: (id: string) => `user ${id}` };

@Injectable()
class Users {
  @Cached(BY_ID)
  find(id: string): object {
    return { id, found: ++runs };
  }

  @Cached(BY_ID)
  async findLater(id: string): Promise<object> {
    return { id, later: ++runs };
  }

  @Cached({ ...BY_ID, category: 'others' })
  findOther(id: string): object {
    return { id, other: ++runs };
  }

  @CachePut(BY_ID)
  save(id: string): object {
    return { id, saved: ++runs };
  }
}

@Controller()
class UserRoutes {
  @Get('user/:id')
  @Cached(BY_ID)
  user(@Param('id') id: string): object {
    return { id, answered: ++runs };
  }

  @Get('slow/:id')
  @Cached(BY_ID)
  async slow(@Param('id') id: string): Promise<object> {
    begun.resolve();
    await gate.promise;
    if (isFailing) throw new Error('no source');
    return { id, slow: ++runs };
  }
}

const errors = jest.fn<(message: string) => void>();

describe.each(PLATFORMS)('A key that a route on %s shares with a method', (platform) => {
  let http: HttpApplication;
  let users: Users;

  beforeEach(async () => {
    runs = 0;
    begun = deferred<void>();
    gate = deferred<void>();
    errors.mockClear();
    http = await HttpApplication.start(
      platform,
      { controllers: [UserRoutes], providers: [Users] },
      { logger: { warn: () => {}, error: errors } },
    );
    users = http.app.get(Users);
  });

  afterEach(closeAll);

  it('does not hand the answer of the route to the method, which runs, and is told', async () => {
    const body = '{"id":"7","answered":1}';
    expect(await http.get('/user/7')).toEqual({ status: 200, cache: 'MISS', body });
    expect(users.find('7')).toEqual({ id: '7', found: 2 });
    expect(users.find('7')).toEqual({ id: '7', found: 3 });
    expect(await users.findLater('7')).toEqual({ id: '7', later: 4 });
    expect(http.app.get(UserRoutes).user('7')).toEqual({ id: '7', answered: 5 });
    expect(await http.get('/user/7')).toEqual({ status: 200, cache: 'HIT', body });
    expect(errors.mock.calls).toEqual([
      [
        'Users.find runs uncached: under its key "user 7" is the answer of a route; give one of them another key or category',
      ],
      [expect.stringMatching(/^Users\.findLater runs uncached/)],
      [expect.stringMatching(/^UserRoutes\.user runs uncached/)],
    ]);
  });

  it.each(['answers', 'fails'])(
    'runs the method that has waited for the route, which %s',
    async (how) => {
      const asked = http.get('/slow/7');
      await begun.promise;
      const found = users.findLater('7');
      isFailing = how === 'fails';
      gate.resolve();
      expect(await found).toEqual({ id: '7', later: isFailing ? 1 : 2 });
      expect((await asked).status).toBe(isFailing ? 500 : 200);
    },
  );

  it('leaves the method its own values, and their address', async () => {
    expect(users.find('8')).toEqual({ id: '8', found: 1 });
    expect(users.find('8')).toEqual({ id: '8', found: 1 });
    expect(await users.findLater('9')).toEqual({ id: '9', later: 2 });
    expect(await users.findLater('9')).toEqual({ id: '9', later: 2 });
    expect(addressOf(users, 'find', ['8'])).toEqual({ category: 'users', key: 'user 8' });
    users.save('8');
    expect(users.find('8')).toEqual({ id: '8', saved: 3 });
    expect((await http.get('/user/8')).body).toBe('{"id":"8","saved":3}');
    await http.get('/user/7');
    expect(users.findOther('7')).toEqual({ id: '7', other: 5 });
    await http.app.get(CacheService).delete('user 7', { category: 'users' });
    expect(users.find('7')).toEqual({ id: '7', found: 6 });
    expect(users.find('7')).toEqual({ id: '7', found: 6 });
    expect(errors).not.toHaveBeenCalled();
  });
});
