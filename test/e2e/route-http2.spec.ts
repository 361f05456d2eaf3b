import { type ClientHttp2Session, connect, type Http2ServerRequest } from 'node:http2';
import { Controller, Get, type INestApplication, Req } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheModule } from 'nestjs-tiered-cache';

/** Fastify's. */
interface Request {
  readonly raw: Http2ServerRequest;
}

@Controller()
class Routes {
  @Get('named')
  @Cached(60)
  named(@Req() { raw }: Request): string {
    return raw.authority;
  }

  @Get('told')
  @Cached(60)
  async told(@Req() { raw }: Request): Promise<string> {
    let body = '';
    for await (const part of raw) body += String(part);
    return `told "${body}"`;
  }
}

describe('A cached route over HTTP/2', () => {
  let app: INestApplication;
  let session: ClientHttp2Session;

  beforeEach(async () => {
    const imports = [CacheModule.forRoot()];
    const module = await Test.createTestingModule({ imports, controllers: [Routes] }).compile();
    const adapter = new FastifyAdapter({ http2: true } as object);
    app = module.createNestApplication(adapter, { logger: false });
    await app.listen(0, '127.0.0.1');
    session = connect(await app.getUrl());
  });

  afterEach(async () => {
    session.close();
    await app.close();
  });

  /** `X-Cache` and body. */
  function ask(headers: Record<string, string>, body?: string): Promise<string> {
    const stream = session.request(headers, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    return new Promise((resolve, reject) => {
      let answer = '';
      stream.on('response', (told) => (answer = `${told['x-cache']} `));
      stream.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
      stream.on('error', reject).on('end', () => resolve(answer));
    });
  }

  it('passes by for a body, which nothing in the headers need tell', async () => {
    const path = { ':path': '/told' };
    expect(await ask(path, 'a lie')).toBe('BYPASS told "a lie"');
    expect(await ask(path)).toBe('MISS told ""');
    expect(await ask({ ...path, 'content-length': '5' }, 'a lie')).toBe('BYPASS told "a lie"');
    expect(await ask(path)).toBe('HIT told ""');
  });

  it('has an answer for each of two names, where a client sends both', async () => {
    const path = { ':path': '/named' };
    const both = { ...path, host: 'shop.example', ':authority': 'evil.example' };
    expect(await ask(both)).toBe('MISS evil.example');
    const one = { ...path, ':authority': 'shop.example' };
    expect(await ask(one)).toBe('MISS shop.example');
    expect(await ask({ ...one, host: 'shop.example' })).toBe('HIT shop.example');
    expect(await ask(both)).toBe('HIT evil.example');
  });
});
