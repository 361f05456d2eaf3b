import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Get,
  HttpException,
  Injectable,
  Res,
  type NestInterceptor,
  type CallHandler,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { request, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import { map, Observable } from 'rxjs';
import { type Answer, closeAll, HttpApplication, PLATFORMS } from './http-application.js';
import { deferred } from '../support/deferred.js';
import { until } from '../support/turns.js';

interface Reply {
  header(name: string, value: string): unknown;
}

let runs = 0;
let gate = deferred<void>();
let isShut = false;
let guarded: unknown[] = [];

@Injectable()
class Door implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    guarded.push({ ...headers });
    // The client's own request still gets in; its renewal does not.
    if (isShut && guarded.length > 2) throw new ForbiddenException();
    return true;
  }
}

@Injectable()
class Envelope implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: { run: number }) => ({ data: data.run })));
  }
}

@Controller()
class Renewed {
  @Get('renewed')
  @UseGuards(Door)
  @UseInterceptors(Envelope)
  @Cached({ ttl: 60, varyBy: 'header:x-tenant', staleWhileRevalidate: 30 })
  async renewed(@Res({ passthrough: true }) reply: Reply): Promise<object> {
    const run = ++runs;
    await gate.promise;
    reply.header('x-run', String(run));
    return { run };
  }

  @Get('failing')
  @Cached({ ttl: 60, staleIfError: '2m' })
  failing(@Res({ passthrough: true }) reply: Reply): string {
    if (++runs === 1) return 'run 1';
    reply.header('x-failed', 'yes');
    throw new HttpException('short and stout', 503);
  }

  @Get('slow')
  @Cached({ ttl: 60, staleIfError: '1h', softTimeout: '1s', hardTimeout: '10s' })
  async slow(): Promise<string> {
    const run = ++runs;
    await gate.promise;
    return `run ${run}`;
  }

  @Get('ahead')
  @Cached({ ttl: 60, refreshAhead: 0.8 })
  ahead(): string {
    return `run ${++runs}`;
  }

  @Get('by-category')
  @Cached({ category: 'renewing' })
  byCategory(): string {
    return `run ${++runs}`;
  }

  @Get('observed')
  @Cached({ ttl: 60 })
  observed(): Observable<string> {
    const run = ++runs;
    return new Observable((subscriber) => {
      void gate.promise.then(() => {
        subscriber.next(`run ${run}`);
        subscriber.complete();
      });
    });
  }
}

const errors = jest.fn<(message: string) => void>();

beforeEach(() => {
  runs = 0;
  gate = deferred<void>();
  isShut = false;
  guarded = [];
  errors.mockClear();
});

afterEach(closeAll);

/** How many clients the server has. */
function connections(http: HttpApplication): Promise<number> {
  const server = http.app.getHttpServer() as Server;
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Until the handlers have run so often. */
async function ran(times: number): Promise<void> {
  await until(() => runs >= times);
}

describe.each(PLATFORMS)('the renewal of an answer on %s', (platform) => {
  let http: HttpApplication;
  let cache: CacheService;
  let clock: ManualClock;

  beforeEach(async () => {
    clock = new ManualClock(1_000_000);
    const logger = { warn: () => {}, error: errors };
    const categories = { renewing: { ttl: 60, staleWhileRevalidate: 30 } };
    http = await HttpApplication.start(
      platform,
      { controllers: [Renewed] },
      { logger, clock, categories },
    );
    cache = http.app.get(CacheService);
  });

  /** Asks until the answer says so: what runs in the background has no other sign. */
  async function answers(path: string, body: string, headers: Record<string, string> = {}) {
    let answer!: Answer;
    await until(async () => (answer = await http.get(path, headers)).body === body);
    return answer;
  }

  it('answers with the old one at once, and makes the new one without the client', async () => {
    const tenant = { 'x-tenant': 'acme' };
    gate.resolve();
    await http.get('/renewed', tenant);
    clock.advance(61_500);
    gate = deferred<void>();
    guarded = [];
    const conditions = { 'if-none-match': '"x"', 'cache-control': 'max-age=0' };
    const response = await http.fetch('/renewed', { headers: { ...tenant, ...conditions } });
    expect(await response.json()).toEqual({ data: 1 });
    const of = (name: string) => response.headers.get(name);
    expect([of('x-cache'), of('x-run'), of('age')]).toEqual(['STALE', '1', '61']);
    expect(of('cache-control')).toBe('public, max-age=60, stale-while-revalidate=30');
    expect(of('vary')).toBe('x-tenant, Authorization, Cookie');
    gate.resolve();
    expect((await answers('/renewed', '{"data":2}', tenant)).cache).toBe('HIT');
    expect(runs).toBe(2);
    // The request's own, and then that of the renewal.
    expect(guarded[1]).toMatchObject(tenant);
    expect(guarded[1]).not.toHaveProperty('if-none-match');
    expect(guarded[1]).not.toHaveProperty('cache-control');
    expect(errors).not.toHaveBeenCalled();
  });

  it('gives 304 to one who has the old one', async () => {
    gate.resolve();
    const etag = (await http.fetch('/renewed')).headers.get('etag')!;
    clock.advance(61_000);
    const stale = await http.fetch('/renewed', { headers: { 'if-none-match': etag } });
    expect([stale.status, stale.headers.get('x-cache')]).toEqual([304, 'STALE']);
    expect((await answers('/renewed', '{"data":2}')).cache).toBe('HIT');
  });

  it('leaves the old one where a guard refuses the new one', async () => {
    gate.resolve();
    await http.get('/renewed');
    clock.advance(61_000);
    isShut = true;
    expect(await http.get('/renewed')).toMatchObject({ cache: 'STALE' });
    await until(() => guarded.length >= 3);
    isShut = false;
    await settled();
    expect(await http.get('/renewed')).toMatchObject({ cache: 'STALE', body: '{"data":1}' });
    expect(runs).toBe(1);
  });

  it('answers with the old one when the new one fails, and with the error when that is too old', async () => {
    expect((await http.get('/failing')).body).toBe('run 1');
    clock.advance(61_000);
    const stale = await http.fetch('/failing');
    expect([stale.status, await stale.text()]).toEqual([200, 'run 1']);
    expect(stale.headers.get('x-cache')).toBe('STALE');
    expect(stale.headers.get('cache-control')).toBe('public, max-age=60, stale-if-error=120');
    expect(stale.headers.get('x-failed')).toBeNull();
    clock.advance(200_000);
    expect((await http.get('/failing')).status).toBe(503);
  });

  it('goes on when its caller is answered with the old one after softTimeout', async () => {
    gate.resolve();
    expect((await http.get('/slow')).body).toBe('run 1');
    clock.advance(61_000);
    gate = deferred<void>();
    const asked = http.get('/slow');
    await ran(2);
    clock.advance(1000);
    expect(await asked).toMatchObject({ cache: 'STALE', body: 'run 1' });
    gate.resolve();
    expect((await answers('/slow', 'run 2')).cache).toBe('HIT');
    expect(runs).toBe(2);
  });

  it('is a 504 for a cold caller after hardTimeout', async () => {
    const asked = http.get('/slow');
    await ran(1);
    clock.advance(10_000);
    expect(await asked).toMatchObject({ status: 504 });
    gate.resolve();
    await settled();
    expect((await http.get('/slow')).cache).toBe('MISS');
  });

  it('is as the category says, where the route says nothing', async () => {
    await http.get('/by-category');
    clock.advance(61_000);
    const response = await http.fetch('/by-category');
    expect(await response.text()).toBe('run 1');
    expect(response.headers.get('cache-control')).toBe(
      'public, max-age=60, stale-while-revalidate=30',
    );
    expect((await answers('/by-category', 'run 2')).cache).toBe('HIT');
  });

  it('is begun ahead of time', async () => {
    await http.get('/ahead');
    clock.advance(50_000);
    expect(await http.get('/ahead')).toMatchObject({ cache: 'HIT', body: 'run 1' });
    expect((await answers('/ahead', 'run 2')).cache).toBe('HIT');
    expect(runs).toBe(2);
  });

  it.each(['/renewed', '/observed'])(
    'is not disturbed by a client that leaves: %s',
    async (path) => {
      const url = `${await http.app.getUrl()}${path}`.replace('[::1]', '127.0.0.1');
      const leaving = request(url).on('error', () => {});
      leaving.end();
      await ran(1);
      const others = Promise.all(Array.from({ length: 3 }, () => http.get(path)));
      await until(() => cache.getStats().loads.coalesced === 3);
      leaving.destroy();
      await until(async () => (await connections(http)) <= 3);
      gate.resolve();
      const answers = await others;
      expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size).toBe(1);
      expect(answers[0]!.status).toBe(200);
      expect((await http.get(path)).cache).toBe('HIT');
      expect(errors).not.toHaveBeenCalled();
    },
  );
});
