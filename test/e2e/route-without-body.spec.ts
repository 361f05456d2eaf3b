import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { Controller, Get, Head, HttpCode, Res } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached } from 'nestjs-tiered-cache';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

interface Reply {
  header(name: string, value: string): unknown;
  readonly raw?: ServerResponse;
}

/** The same routes, cached and not. */
function routes(path: string, Decorated: () => MethodDecorator): new () => object {
  const csv = (reply: Reply): unknown => reply.header('Content-Type', 'text/csv');

  @Controller(path)
  class Routes {
    @Head('file')
    @Decorated()
    file(@Res({ passthrough: true }) reply: Reply): void {
      csv(reply);
      reply.header('Content-Length', '123');
    }

    @Head('text')
    @Decorated()
    text(@Res({ passthrough: true }) reply: Reply): string {
      csv(reply);
      reply.header('Content-Length', '123');
      return '';
    }

    @Head('unmeasured')
    @Decorated()
    unmeasured(@Res({ passthrough: true }) reply: Reply): void {
      csv(reply);
    }

    @Get('nothing')
    @Decorated()
    nothing(@Res({ passthrough: true }) reply: Reply): void {
      csv(reply);
    }

    @Get('untyped')
    @Decorated()
    untyped(): void {}

    @Get('null')
    @Decorated()
    null(@Res({ passthrough: true }) reply: Reply): null {
      csv(reply);
      return null;
    }

    @Get('empty')
    @Decorated()
    empty(@Res({ passthrough: true }) reply: Reply): string {
      csv(reply);
      return '';
    }

    @Get('no-content')
    @HttpCode(204)
    @Decorated()
    noContent(): void {}

    @Get('reset')
    @HttpCode(205)
    @Decorated()
    reset(): void {}

    @Get('said')
    @Decorated()
    said(@Res({ passthrough: true }) reply: Reply): string {
      ((reply.raw ?? reply) as ServerResponse).statusMessage = 'Fine';
      return 'said';
    }
  }
  return Routes;
}

afterEach(closeAll);

describe.each(PLATFORMS)('What a handler on %s says', (platform) => {
  let url: string;

  beforeEach(async () => {
    const controllers = [routes('plain', () => () => undefined), routes('kept', () => Cached(60))];
    const http = await HttpApplication.start(platform, { controllers });
    url = await http.app.getUrl();
  });

  const ask = (method: string, path: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      request(`${url}${path}`, { method }, (response) => resolve(response.resume()))
        .on('error', reject)
        .end();
    });

  const said = ({ statusCode, statusMessage, headers }: IncomingMessage): unknown => [
    `${statusCode} ${statusMessage}`,
    headers['content-type'],
    headers['content-length'],
  ];

  it.each([
    ['HEAD', 'file'],
    ['HEAD', 'text'],
    ['HEAD', 'unmeasured'],
    ['GET', 'nothing'],
    ['GET', 'untyped'],
    ['GET', 'null'],
    ['GET', 'empty'],
    ['GET', 'no-content'],
    ['GET', 'reset'],
    ['GET', 'said'],
  ])('is said on a hit too: %s %s', async (method, path) => {
    const plain = said(await ask(method, `/plain/${path}`));
    for (const cache of ['MISS', 'HIT']) {
      const response = await ask(method, `/kept/${path}`);
      expect([response.headers['x-cache'], said(response)]).toEqual([cache, plain]);
    }
  });

  it('of its length is said to those who asked for no body alone', async () => {
    const http = await HttpApplication.start(platform, { controllers: [shared()] });
    expect((await http.fetch('/shared', { method: 'HEAD' })).headers.get('content-length')).toBe(
      '123',
    );
    const { headers } = await http.fetch('/shared/all');
    expect([headers.get('x-cache'), headers.get('content-length')]).toEqual(['HIT', '0']);
  });
});

/** Two routes under one key. */
function shared(): new () => object {
  const options = { ttl: 60, key: () => 'shared' };
  @Controller('shared')
  class Shared {
    @Head()
    @Cached(options)
    head(@Res({ passthrough: true }) reply: Reply): void {
      reply.header('Content-Length', '123');
    }

    @Get('all')
    @Cached(options)
    all(): string {
      return 'all';
    }
  }
  return Shared;
}
