import type { ServerResponse } from 'node:http';
import {
  Controller,
  type ExecutionContext,
  Get,
  Header,
  type INestApplication,
  Req,
} from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import { closeAll, HttpApplication, type Platform, PLATFORMS } from './http-application.js';

interface Request {
  readonly raw?: Request;
  session?: { readonly user: string };
}

interface Fastify {
  addHook(
    name: 'onSend',
    hook: (
      request: { url: string },
      reply: { header(name: string, value: string): void },
    ) => Promise<void>,
  ): void;
}

const sentOf = (request: Request): Request => request.raw ?? request;

/** Fails for one without a session. */
const byUser = (context: ExecutionContext): string =>
  sentOf(context.switchToHttp().getRequest<Request>()).session!.user;

@Controller()
class Sessions {
  @Get('logout')
  @Header('Cache-Control', 'private')
  @Cached({ varyBy: byUser })
  logout(@Req() request: Request): string {
    delete sentOf(request).session;
    return 'bye';
  }

  @Get('logout-late')
  @Cached({ varyBy: byUser })
  logoutLate(@Req() request: Request): string {
    delete sentOf(request).session;
    return 'bye';
  }
}

/** On what ends in `late`, as the headers go out. */
function setPrivateAtLast(app: INestApplication, platform: Platform): void {
  const isLate = (url: string): boolean => url.endsWith('late');
  if (platform === 'Fastify') {
    const fastify = app.getHttpAdapter().getInstance() as Fastify;
    fastify.addHook('onSend', async ({ url }, reply) => {
      if (isLate(url)) reply.header('Cache-Control', 'private');
    });
    return;
  }
  app.use((request: { url: string }, response: ServerResponse, next: () => void) => {
    const writeHead = response.writeHead as (...args: unknown[]) => ServerResponse;
    response.writeHead = (...args: unknown[]) => {
      if (isLate(request.url)) response.setHeader('Cache-Control', 'private');
      return writeHead.apply(response, args);
    };
    next();
  });
}

const errors = jest.fn<(message: string) => void>();

afterEach(closeAll);

describe.each(PLATFORMS)('a handler on %s that ends what varyBy looks at', (platform) => {
  let http: HttpApplication;

  beforeEach(async () => {
    errors.mockClear();
    const logger = { warn: () => {}, error: errors };
    const prepare = (app: INestApplication): void => {
      app.use((request: Request, _response: unknown, next: () => void) => {
        request.session = { user: 'Ann' };
        next();
      });
      setPrivateAtLast(app, platform);
    };
    http = await HttpApplication.start(platform, { controllers: [Sessions] }, { logger }, prepare);
  });

  it.each(['/logout', '/logout-late'])('has its answer sent, and not kept: %s', async (path) => {
    for (let time = 0; time < 2; time++) {
      expect(await http.get(path)).toEqual({ status: 200, cache: 'BYPASS', body: 'bye' });
    }
    expect(http.app.get(CacheService).memory.keys()).toEqual([]);
    expect(errors.mock.calls).toEqual([
      [expect.stringMatching(/^Sessions\.\w+ is served uncached:/)],
    ]);
  });
});
