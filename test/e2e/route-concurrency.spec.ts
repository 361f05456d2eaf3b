import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type NestInterceptor,
  Param,
  Post,
  UseInterceptors,
} from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';
import { deferred } from '../support/deferred.js';
import { until } from '../support/turns.js';

let runs = 0;
let queued = 0;
let opening = deferred<void>();

type Task = () => Promise<unknown>;

/** One at a time, as `p-limit` does it: the next is begun where the last has ended. */
function limiter(): (task: Task) => Promise<unknown> {
  const waiting: (() => void)[] = [];
  let isBusy = false;
  return (task) =>
    new Promise((resolve, reject) => {
      const run = (): void => {
        isBusy = true;
        const ended = (): void => {
          isBusy = false;
          waiting.shift()?.();
        };
        void task().then(resolve, reject).finally(ended);
      };
      queued++;
      if (isBusy) waiting.push(run);
      else run();
    });
}

function limiting(): new () => NestInterceptor {
  const limit = limiter();
  @Injectable()
  class Limiting implements NestInterceptor {
    intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
      return from(limit(() => lastValueFrom(next.handle())));
    }
  }
  return Limiting;
}

/** As the interceptor, around the method itself. */
function Limited(): MethodDecorator {
  const limit = limiter();
  return ((_target: object, _key: string, descriptor: TypedPropertyDescriptor<unknown>) => {
    const method = descriptor.value as (...args: never[]) => Promise<unknown>;
    descriptor.value = function (this: unknown, ...args: never[]) {
      return limit(() => method.apply(this, args));
    };
  }) as MethodDecorator;
}

async function answerOf(id: string): Promise<object> {
  await opening.promise;
  return { id, run: ++runs };
}

@Controller()
class Routes {
  @Get('keyed/:id')
  @UseInterceptors(limiting())
  @Cached({ ttl: 60, key: (id: string) => `keyed ${id}` })
  keyed(@Param('id') id: string): Promise<object> {
    return answerOf(id);
  }

  @Get('own/:id')
  @UseInterceptors(limiting())
  @Cached(60)
  own(@Param('id') id: string): Promise<object> {
    return answerOf(id);
  }

  @Post('own/:id')
  @UseInterceptors(limiting())
  @Cached(60)
  buy(@Param('id') id: string): Promise<object> {
    return answerOf(id);
  }

  @Post('method/:id')
  @Limited()
  @Cached(60)
  method(@Param('id') id: string): Promise<object> {
    return answerOf(id);
  }

  @Get('self/:depth')
  @Cached(60)
  async self(@Param('depth') depth: string): Promise<number> {
    if (depth === '0') return ++runs;
    return (await this.self('0')) + (await this.self('0'));
  }
}

beforeEach(() => {
  runs = queued = 0;
  opening = deferred<void>();
});
afterEach(closeAll);

describe.each(PLATFORMS)('Requests on %s that begin where others end', (platform) => {
  let app: HttpApplication;
  beforeEach(async () => {
    app = await HttpApplication.start(platform, { controllers: [Routes] });
  });

  async function all(asked: Promise<Response>[]): Promise<string[]> {
    await until(() => queued === asked.length);
    opening.resolve();
    return Promise.all(
      asked.map(async (one) => {
        const { id } = (await (await one).json()) as { id: string };
        return id;
      }),
    );
  }

  it('are answered each from its own handler, where a key is given', async () => {
    const ids = ['1', '2', '3'];
    expect(await all(ids.map((id) => app.fetch(`/keyed/${id}`)))).toEqual(ids);
    expect(await app.get('/keyed/2')).toMatchObject({ status: 200, cache: 'HIT' });
    expect(await app.get('/keyed/4')).toMatchObject({ status: 200, cache: 'MISS' });
    expect(runs).toBe(4);
  });

  it.each(['/own', '/method'])('are run each, where they change something: %s', async (path) => {
    const ids = ['1', '2', '2', '2'];
    const init = { method: 'POST' };
    expect(await all(ids.map((id) => app.fetch(`${path}/${id}`, init)))).toEqual(ids);
    expect(runs).toBe(4);
    expect(app.app.get(CacheService).memory.keys()).toEqual([]);
  });

  it('are run each, where they carry credentials', async () => {
    const ids = ['1', '2', '2', '2'];
    const asked = ids.map((id, at) => app.fetch(`/own/${id}`, { headers: { cookie: `u=${at}` } }));
    expect(await all(asked)).toEqual(ids);
    expect(runs).toBe(4);
    expect(app.app.get(CacheService).memory.keys()).toEqual([]);
  });

  it('leave the calls that a handler makes of itself to the cache', async () => {
    expect((await app.get('/self/1', { cookie: 'a=1' })).body).toBe('2');
    expect(runs).toBe(1);
  });
});
