import type { AddressInfo } from 'node:net';
import { request } from 'node:https';
import { Controller, Get, Req } from '@nestjs/common';
import type { INestApplication, NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TLSSocket } from 'node:tls';
import { Cached, CacheModule } from 'nestjs-tiered-cache';
import { type Answer, type Platform, PLATFORMS } from './http-application.js';
import { ALICE, type Identity, MALLORY, SERVER } from './tls-identities.js';

interface Request {
  readonly raw?: { socket: TLSSocket };
  readonly socket: TLSSocket;
}

let runs = 0;
let app: INestApplication;

/** The caller's name, as the certificate says it, be it trusted or not. */
function callerOf(sent: Request): string {
  runs++;
  const { subject } = (sent.raw?.socket ?? sent.socket).getPeerCertificate();
  return String(subject?.CN ?? 'nobody');
}

@Controller('me')
class Me {
  @Get()
  @Cached(60)
  me(@Req() sent: Request): string {
    return callerOf(sent);
  }

  @Get('public')
  @Cached({ ttl: 60, scope: 'public' })
  all(@Req() sent: Request): string {
    return `not only for ${callerOf(sent)}`;
  }
}

async function start(platform: Platform): Promise<void> {
  const https = { ...SERVER, ca: [ALICE.cert], requestCert: true, rejectUnauthorized: false };
  const imports = [CacheModule.forRoot()];
  const module = await Test.createTestingModule({ imports, controllers: [Me] }).compile();
  const isExpress = platform === 'Express';
  const adapter = isExpress ? new ExpressAdapter() : new FastifyAdapter({ https } as object);
  const options: NestApplicationOptions = { logger: false };
  app = module.createNestApplication(
    adapter,
    isExpress ? { ...options, httpsOptions: https } : options,
  );
  await app.listen(0, '127.0.0.1');
}

function get(path: string, client: Partial<Identity> = {}): Promise<Answer> {
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  return new Promise((resolve, reject) => {
    // A connection of its own: the certificate is the connection's.
    const options = { port, path, host: '127.0.0.1', agent: false, rejectUnauthorized: false };
    request({ ...options, ...client }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        const cache = String(response.headers['x-cache']);
        resolve({ status: response.statusCode ?? 0, cache, body });
      });
    })
      .on('error', reject)
      .end();
  });
}

beforeEach(() => {
  runs = 0;
});
afterEach(() => app.close());

describe.each(PLATFORMS)('Client certificates on %s', (platform) => {
  beforeEach(() => start(platform));

  it.each([
    ['trusted', 'alice', ALICE],
    ['not trusted', 'mallory', MALLORY],
  ])('are credentials, if %s', async (_trust, name, client) => {
    expect(await get('/me', client)).toEqual({ status: 200, cache: 'BYPASS', body: name });
    expect(await get('/me')).toEqual({ status: 200, cache: 'MISS', body: 'nobody' });
    expect(await get('/me')).toEqual({ status: 200, cache: 'HIT', body: 'nobody' });
    expect(await get('/me', client)).toEqual({ status: 200, cache: 'BYPASS', body: name });
  });

  it('share what is public', async () => {
    const body = 'not only for alice';
    expect(await get('/me/public', ALICE)).toEqual({ status: 200, cache: 'MISS', body });
    expect(await get('/me/public', MALLORY)).toEqual({ status: 200, cache: 'HIT', body });
    expect(runs).toBe(1);
  });
});
