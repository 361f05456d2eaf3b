import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';
import { deferred } from '../support/deferred.js';
import { until } from '../support/turns.js';
import { byUser, type UserRequest } from './user-request.js';

type Reply = { raw?: ServerResponse } & ServerResponse;

const sessions = new Map<string, string>();
let runs = 0;
let allowed = Infinity;
let guarded = 0;
let ended = 0;
let gate = deferred<void>();

/** Lets so many requests in; knows who has a session now. */
@Injectable()
class Entrance implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (++guarded > allowed) throw new HttpException('too many requests', 429);
    const request = context.switchToHttp().getRequest<UserRequest>();
    const user = sessions.get(request.headers['x-session'] ?? '');
    if (user !== undefined) request.user = user;
    return true;
  }
}

@Controller()
@UseGuards(Entrance)
class Guarded {
  @Get('me')
  @Cached({ ttl: 60, varyBy: byUser, staleWhileRevalidate: '1h' })
  me(@Req() { user }: UserRequest): string {
    runs++;
    return `${user} ${runs}`;
  }

  @Get('anyone')
  @Cached({ ttl: 60, staleWhileRevalidate: '1h' })
  anyone(@Req() { user }: UserRequest): string {
    return `${user ?? 'nobody'} ${++runs}`;
  }

  @Get('asked-anew')
  @Cached({ ttl: 60, allowClientRefresh: true })
  askedAnew(): string {
    return `${++runs}`;
  }

  @Get('hanging')
  @Cached({ ttl: 60, staleIfError: '1h', hardTimeout: '5s' })
  hanging(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    return untilClosed(reply);
  }

  @Get('behind')
  @Cached({ ttl: 60, staleWhileRevalidate: '1h' })
  behind(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    return untilClosed(reply);
  }
}

/** The first run answers at once; the others when nobody wants the answer any more. */
async function untilClosed(reply: Reply): Promise<string> {
  const run = ++runs;
  if (run > 1) {
    (reply.raw ?? reply).once('close', () => gate.resolve());
    await gate.promise;
  }
  ended++;
  return `run ${run}`;
}

const errors = jest.fn<(message: string) => void>();
const unhandled = jest.fn();
let clock: ManualClock;

beforeEach(() => {
  runs = 0;
  guarded = 0;
  ended = 0;
  allowed = Infinity;
  gate = deferred<void>();
  sessions.clear();
  errors.mockClear();
  unhandled.mockClear();
  clock = new ManualClock(1_000_000);
  process.on('unhandledRejection', unhandled);
});

afterEach(async () => {
  await closeAll();
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

describe.each(PLATFORMS)('a request that renews an answer on %s', (platform) => {
  let http: HttpApplication;
  let open = 0;
  let closed = 0;
  let addresses: unknown[] = [];

  beforeEach(async () => {
    open = 0;
    closed = 0;
    addresses = [];
    const logger = { warn: () => {}, error: errors };
    http = await HttpApplication.start(
      platform,
      { controllers: [Guarded] },
      { logger, clock },
      (app) => {
        app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
          open++;
          response.once('close', () => {
            open--;
            closed++;
          });
          const { remoteAddress, localPort } = request.socket;
          addresses.push([remoteAddress, localPort]);
          request.setTimeout(0);
          response.setTimeout(0);
          next();
        });
      },
    );
  });

  const session = (id: string) => ({ 'x-session': id });

  it('is not kept for the one whose session has got another owner', async () => {
    sessions.set('1', 'alice');
    expect(await http.get('/me', session('1'))).toMatchObject({ cache: 'MISS', body: 'alice 1' });
    sessions.set('2', 'alice');
    clock.advance(61_000);
    // The session changes hands after the guard has let the client in, before the renewal.
    const renewing = jest.spyOn(sessions, 'get');
    renewing.mockReturnValueOnce('alice').mockReturnValueOnce('bob');
    expect(await http.get('/me', session('1'))).toMatchObject({ cache: 'STALE', body: 'alice 1' });
    await until(() => guarded === 3 && closed === 3);
    renewing.mockRestore();
    expect(runs).toBe(1);
    expect((await http.get('/me', session('2'))).body).toBe('alice 1');
  });

  it('is not kept for everybody when it has got an owner', async () => {
    await http.get('/anyone');
    clock.advance(61_000);
    const renewing = jest.spyOn(sessions, 'get');
    renewing.mockReturnValueOnce(undefined).mockReturnValueOnce('bob');
    expect(await http.get('/anyone')).toMatchObject({ cache: 'STALE', body: 'nobody 1' });
    await until(() => guarded === 3 && closed === 3);
    renewing.mockRestore();
    expect(runs).toBe(1);
  });

  it('looks like the client, and is closed like a request of his', async () => {
    await http.get('/anyone');
    clock.advance(61_000);
    await http.get('/anyone');
    await until(() => runs === 2 && closed === 3);
    expect(open).toBe(0);
    expect(addresses[2]).toEqual(addresses[1]);
    expect(addresses[2]).toEqual(['127.0.0.1', expect.any(Number)]);
    expect(await http.get('/anyone')).toMatchObject({ cache: 'HIT', body: 'nobody 2' });
  });

  it('leaves a waiting client his own handler when it is refused', async () => {
    await http.get('/asked-anew');
    allowed = 2;
    const anew = await http.get('/asked-anew', { 'cache-control': 'no-cache' });
    expect(anew).toEqual({ status: 200, cache: 'BYPASS', body: '2' });
    allowed = Infinity;
    expect(await http.get('/asked-anew')).toMatchObject({ cache: 'HIT', body: '1' });
    expect(errors).not.toHaveBeenCalled();
  });

  it('is left, as by a client, when it takes too long', async () => {
    await http.get('/hanging');
    clock.advance(61_000);
    const asked = http.get('/hanging');
    await until(() => runs === 2);
    clock.advance(5000);
    expect(await asked).toMatchObject({ status: 200, cache: 'STALE', body: 'run 1' });
    await until(() => ended === 2 && open === 0);
  });

  it('is left and waited for when the application ends', async () => {
    await http.get('/behind');
    clock.advance(61_000);
    expect((await http.get('/behind')).cache).toBe('STALE');
    await until(() => runs === 2);
    expect(ended).toBe(1);
    await http.app.close();
    expect([ended, open]).toEqual([2, 0]);
    expect(http.app.get(CacheService).closed).toBe(true);
  });
});
