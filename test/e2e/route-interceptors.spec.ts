import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Injectable,
  type NestInterceptor,
  Res,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached } from 'nestjs-tiered-cache';
import { map, type Observable, tap } from 'rxjs';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

interface AnyResponse {
  status(code: number): AnyResponse;
  header(name: string, value: string): unknown;
  send(body: unknown): unknown;
}

let runs = 0;
let isBroken = false;

@Injectable()
class Breaking implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      map((value: unknown) => {
        if (isBroken) throw new Error('after the handler');
        return value;
      }),
    );
  }
}

@Catch()
class SendsByItself implements ExceptionFilter {
  catch({ message }: Error, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<AnyResponse>();
    response.status(200).send({ sorry: message });
  }
}

@Catch()
@Injectable()
class SendsByAdapter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch({ message }: Error, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<AnyResponse>();
    this.adapterHost.httpAdapter.reply(response, { sorry: message }, 200);
  }
}

@Catch()
@Injectable()
class SendsWithoutStatus implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch({ message }: Error, host: ArgumentsHost): void {
    this.adapterHost.httpAdapter.reply(host.switchToHttp().getResponse(), { sorry: message });
  }
}

@Controller('itself')
@UseInterceptors(Breaking)
@UseFilters(SendsByItself)
class ByItself {
  @Get()
  @Cached({ ttl: 60 })
  run(): object {
    return { run: ++runs };
  }
}

@Controller('adapter')
@UseInterceptors(Breaking)
@UseFilters(SendsByAdapter)
class ByAdapter {
  @Get()
  @Cached({ ttl: 60 })
  run(): object {
    return { run: ++runs };
  }
}

@Controller('as-it-is')
@UseInterceptors(Breaking)
@UseFilters(SendsWithoutStatus)
class AsItIs {
  @Get()
  @Cached({ ttl: 60 })
  run(): object {
    return { run: ++runs };
  }
}

@Injectable()
class Marking implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = context.switchToHttp().getResponse<AnyResponse>();
    return next.handle().pipe(
      tap(() => {
        response.header('X-By', 'interceptor');
        response.status(202);
      }),
    );
  }
}

@Controller('marked')
@UseInterceptors(Marking)
class Marked {
  @Get()
  @Cached({ ttl: 60 })
  run(@Res({ passthrough: true }) response: AnyResponse): object {
    response.header('X-By', 'handler');
    response.header('X-Handler', 'too');
    response.status(201);
    return { run: ++runs };
  }
}

beforeEach(() => {
  runs = 0;
  isBroken = false;
});
afterEach(closeAll);

describe.each(PLATFORMS)('Interceptors around a cached route on %s', (platform) => {
  const start = (): Promise<HttpApplication> =>
    HttpApplication.start(platform, { controllers: [ByItself, ByAdapter, AsItIs, Marked] });

  it.each(['/itself', '/adapter', '/as-it-is'])(
    'that fail on a hit are answered by the filter, whatever its status: %s',
    async (path) => {
      const app = await start();
      await app.get(path);
      isBroken = true;
      const failed = await app.get(path);
      const body = '{"sorry":"after the handler"}';
      expect(failed).toEqual({ status: 200, cache: 'BYPASS', body });
      isBroken = false;
      expect(await app.get(path)).toEqual({ status: 200, cache: 'HIT', body: '{"run":1}' });
    },
  );

  it.each(['/itself', '/adapter', '/as-it-is'])(
    'that fail after the handler leave nothing of the filter in the cache: %s',
    async (path) => {
      const app = await start();
      isBroken = true;
      const failed = await app.fetch(path);
      expect(await failed.json()).toEqual({ sorry: 'after the handler' });
      expect(failed.headers.get('cache-control')).toBeNull();
      isBroken = false;
      expect((await app.get(path)).body).toBe('{"run":2}');
    },
  );

  it('have the last word on a hit too', async () => {
    const app = await start();
    for (const cache of ['MISS', 'HIT']) {
      const { status, headers } = await app.fetch('/marked');
      expect([status, headers.get('x-cache')]).toEqual([202, cache]);
      expect([headers.get('x-by'), headers.get('x-handler')]).toEqual(['interceptor', 'too']);
    }
  });
});
