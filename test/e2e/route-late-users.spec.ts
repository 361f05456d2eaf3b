import {
  type CallHandler,
  Controller,
  createParamDecorator,
  type ExecutionContext,
  ForbiddenException,
  Get,
  type NestInterceptor,
  Req,
  UseInterceptors,
} from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import type { Observable } from 'rxjs';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';
import { deferred } from '../support/deferred.js';
import { until } from '../support/turns.js';
import { byUser, type UserRequest } from './user-request.js';

let runs = 0;
let gate = deferred<void>();

function identified(context: ExecutionContext): string | undefined {
  const request = context.switchToHttp().getRequest<UserRequest>();
  const user = request.headers['x-session'];
  if (user !== undefined) request.user = user;
  return user;
}

const Me = createParamDecorator((_data: unknown, context: ExecutionContext) => identified(context));

class Sessions implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    identified(context);
    return next.handle();
  }
}

const bySession = (context: ExecutionContext) =>
  context.switchToHttp().getRequest<UserRequest>().headers['x-session'];

@Controller()
class Late {
  @Get('decorated')
  @Cached('5m')
  decorated(@Me() me?: string): string {
    return `hi ${me ?? 'you'} ${++runs}`;
  }

  @Get('intercepted')
  @UseInterceptors(Sessions)
  @Cached('5m')
  intercepted(@Req() { user }: UserRequest): string {
    return `hi ${user ?? 'you'} ${++runs}`;
  }

  @Get('by-user')
  @Cached({ ttl: '5m', varyBy: byUser })
  byUser(@Me() me?: string): string {
    return `hi ${me ?? 'you'} ${++runs}`;
  }

  @Get('by-session')
  @Cached({ ttl: '5m', varyBy: bySession })
  bySession(@Me() me?: string): string {
    return `hi ${me ?? 'you'} ${++runs}`;
  }

  @Get('public')
  @Cached({ ttl: '5m', scope: 'public' })
  public(@Me() _me?: string): string {
    return `hi all ${++runs}`;
  }

  @Get('failing')
  @Cached('5m')
  async failing(@Me() me?: string): Promise<string> {
    runs++;
    await gate.promise;
    if (me === 'alice') throw new ForbiddenException('not alice');
    return `hi ${me}`;
  }
}

describe.each(PLATFORMS)('A user who is known only inside of a cached route on %s', (platform) => {
  let http: HttpApplication;

  beforeEach(async () => {
    runs = 0;
    gate = deferred<void>();
    http = await HttpApplication.start(platform, { controllers: [Late] });
  });

  afterEach(closeAll);

  const as = (user: string) => ({ 'x-session': user });

  it.each(['/decorated', '/intercepted', '/by-user'])(
    'has an answer that is not kept: %s',
    async (path) => {
      for (const [at, user] of ['alice', 'bob', 'alice'].entries()) {
        const body = `hi ${user} ${at + 1}`;
        expect(await http.get(path, as(user))).toEqual({ status: 200, cache: 'BYPASS', body });
      }
      for (const cache of ['MISS', 'HIT']) {
        expect(await http.get(path)).toEqual({ status: 200, cache, body: 'hi you 4' });
      }
    },
  );

  it('has one that is kept where the route says what it depends on', async () => {
    for (const cache of ['MISS', 'HIT']) {
      expect(await http.get('/by-session', as('alice'))).toMatchObject({ cache });
      expect(await http.get('/by-session', as('bob'))).toMatchObject({ cache });
    }
    expect(await http.get('/public', as('alice'))).toMatchObject({ cache: 'MISS' });
    expect(await http.get('/public', as('bob'))).toMatchObject({ cache: 'HIT' });
  });

  it('has failures of his own', async () => {
    const alice = http.get('/failing', as('alice'));
    await until(() => runs === 1);
    const bob = http.get('/failing', as('bob'));
    await until(() => http.app.get(CacheService).getStats().loads.coalesced === 1);
    gate.resolve();
    expect(await alice).toMatchObject({ status: 403 });
    expect(await bob).toEqual({ status: 200, cache: 'BYPASS', body: 'hi bob' });
  });
});
