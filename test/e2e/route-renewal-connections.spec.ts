import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:http2';
import {
  Controller,
  type ExecutionContext,
  Get,
  Headers,
  type INestApplication,
  Ip,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cached, CacheModule, type CacheModuleOptions } from 'nestjs-tiered-cache';
import { cacheFolders } from '../scenario/support/cache-folder.js';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';
import { deferred } from '../support/deferred.js';
import { until } from '../support/turns.js';

const RENEWED = { ttl: 10, scope: 'public', staleWhileRevalidate: '1h' } as const;

/** How many renewals of one category run at a time. */
const PLACES = 16;

let addresses: unknown[] = [];
let named: unknown[] = [];
let gate = deferred<void>();

/** The host, as HTTP/2 names it. */
const namedIn = (context: ExecutionContext): string | undefined =>
  context.switchToHttp().getRequest<IncomingMessage>().headers[':authority'] as string | undefined;

@Controller()
class Renewed {
  @Get('file')
  @Cached({ ...RENEWED, useFileCache: true })
  file(@Ip() address: unknown): string {
    return `run ${addresses.push(address)}`;
  }

  @Get('locked')
  @Cached({ ...RENEWED, useFileCache: true, lock: 'machine' })
  locked(@Ip() address: unknown): string {
    return `run ${addresses.push(address)}`;
  }

  @Get('named')
  @Cached({ ...RENEWED, varyBy: ['header:host', namedIn] })
  named(@Headers() headers: object): string {
    named.push(Object.entries(headers));
    return `run ${named.length}`;
  }

  @Get('many/:one')
  @Cached(RENEWED)
  async many(@Ip() address: unknown): Promise<string> {
    const run = addresses.push(address);
    await gate.promise;
    return `run ${run}`;
  }
}

const newFolder = cacheFolders();
const warned = jest.fn<(message: string) => void>();
let clock: ManualClock;
let options: CacheModuleOptions;

beforeEach(() => {
  addresses = [];
  named = [];
  gate = deferred<void>();
  warned.mockClear();
  clock = new ManualClock(1_000_000);
  const { directory } = newFolder();
  options = { clock, file: { directory }, logger: { warn: warned, error: warned } };
});

afterEach(() => expect(warned).not.toHaveBeenCalled());

describe.each(PLATFORMS)(
  'the renewal for a client whose connection has closed, on %s',
  (platform) => {
    let http: HttpApplication;

    beforeEach(async () => {
      http = await HttpApplication.start(platform, { controllers: [Renewed] }, options);
    });

    afterEach(closeAll);

    /** `X-Cache` and body, when the connection has closed. */
    async function ask(path: string, host?: string): Promise<string> {
      const headers = { connection: 'close', ...(host === undefined ? {} : { host }) };
      const url = `${await http.app.getUrl()}${path}`;
      return new Promise((resolve, reject) => {
        let answer = '';
        request(url, { agent: false, headers }, (response) => {
          answer = `${response.headers['x-cache']} `;
          response.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
        })
          .on('error', reject)
          .on('close', () => resolve(answer))
          .end();
      });
    }

    it.each([
      ['/file', undefined],
      ['/file', 'shop.example'],
      ['/locked', undefined],
      ['/locked', 'shop.example'],
    ])('has the addresses of that, and the key: %s of %s', async (path, host) => {
      expect(await ask(path, host)).toBe('MISS run 1');
      clock.advance(20_000);
      expect(await ask(path, host)).toBe('STALE run 1');
      await until(async () => (await ask(path, host)) === 'HIT run 2');
      expect(addresses).toEqual(['127.0.0.1', '127.0.0.1']);
    });

    it('has them also where it had to wait for its turn', async () => {
      const paths = Array.from({ length: PLACES + 1 }, (_, at) => `/many/${at}`);
      gate.resolve();
      await Promise.all(paths.map((path) => ask(path)));
      clock.advance(20_000);
      gate = deferred<void>();
      for (const path of paths) expect(await ask(path)).toMatch(/^STALE/);
      await until(() => addresses.length === paths.length + PLACES);
      gate.resolve();
      await until(async () => (await ask(paths.at(-1)!)) === `HIT run ${2 * paths.length}`);
      expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
    });
  },
);

describe('the renewal for a client of HTTP/2 whose session has ended', () => {
  let app: INestApplication;

  beforeEach(async () => {
    const imports = [CacheModule.forRoot(options)];
    const module = await Test.createTestingModule({ imports, controllers: [Renewed] }).compile();
    const adapter = new FastifyAdapter({ http2: true } as object);
    app = module.createNestApplication(adapter, { logger: false });
    await app.listen(0, '127.0.0.1');
  });

  afterEach(() => app.close());

  async function ask(path: string): Promise<string> {
    const session = connect(await app.getUrl());
    const stream = session.request({ ':path': path });
    return new Promise((resolve, reject) => {
      let answer = '';
      stream.on('response', (headers) => (answer = `${headers['x-cache']} `));
      stream.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
      stream.on('end', () => session.destroy());
      stream.on('error', reject).on('close', () => resolve(answer));
      stream.end();
    });
  }

  it('names the host as the client has', async () => {
    expect(await ask('/named')).toBe('MISS run 1');
    clock.advance('20s');
    expect(await ask('/named')).toBe('STALE run 1');
    await until(async () => (await ask('/named')) === 'HIT run 2');
    expect(named[1]).toEqual(named[0]);
    expect(named[0]).toContainEqual([':authority', new URL(await app.getUrl()).host]);
  });

  it.each(['/file', '/locked'])('has its addresses, and the key: %s', async (path) => {
    expect(await ask(path)).toBe('MISS run 1');
    clock.advance(20_000);
    expect(await ask(path)).toBe('STALE run 1');
    await until(async () => (await ask(path)) === 'HIT run 2');
    expect(addresses).toEqual(['127.0.0.1', '127.0.0.1']);
  });
});
