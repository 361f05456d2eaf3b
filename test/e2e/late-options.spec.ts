import { Controller, Get, Injectable, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CacheEvict, CacheModule, CachePut, CacheService, Cached } from 'nestjs-tiered-cache';
import { RecordingLogger } from '../scenario/support/recording-logger.js';
import { refuseUnhandled } from '../support/unhandled.js';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

refuseUnhandled();

const failing = (async () => {
  throw new Error('lookup failed');
}) as () => never;

const LATE = 'got a promise, must be a function that answers at once';

let logger: RecordingLogger;

beforeEach(() => {
  logger = new RecordingLogger();
});

afterEach(closeAll);

describe('An option that gives a promise', () => {
  async function started<T>(provider: Type<T>): Promise<T> {
    const module = await Test.createTestingModule({
      imports: [CacheModule.forRoot({ logger })],
      providers: [provider],
    }).compile();
    await module.init();
    return module.get(provider);
  }

  it.each([
    ['key', { key: failing }],
    ['ttl', { key: 'key', ttl: failing }],
    ['tags', { key: 'key', tags: failing }],
    ['cacheIf', { key: 'key', cacheIf: (async () => false) as never }],
  ])('is refused as %s of @CachePut', async (option, options) => {
    @Injectable()
    class Writer {
      constructor(readonly cache: CacheService) {}

      @CachePut(options)
      async save(): Promise<string> {
        return 'saved';
      }
    }
    const writer = await started(Writer);
    expect(await writer.save()).toBe('saved');
    expect(writer.cache.memory.keys()).toEqual([]);
    expect(logger.errors).toEqual([expect.stringContaining(`${option}: ${LATE}`)]);
  });

  it.each([
    ['key', { key: failing }],
    ['keys', { keys: failing }],
    ['tags', { tags: failing }],
  ])('is refused as %s of @CacheEvict', async (option, options) => {
    @Injectable()
    class Writer {
      @CacheEvict(options)
      async change(): Promise<string> {
        return 'changed';
      }
    }
    expect(await (await started(Writer)).change()).toBe('changed');
    expect(logger.errors).toEqual([expect.stringContaining(`${option}: ${LATE}`)]);
  });
});

describe.each(PLATFORMS)('An option that gives a promise, on a route of %s', (platform) => {
  it.each([
    ['ttl', { ttl: failing }, `ttl: ${LATE}`],
    ['tags', { tags: failing }, `tags: ${LATE}`],
    ['cacheIf', { cacheIf: (async () => false) as never }, `cacheIf: ${LATE}`],
    ['key', { key: failing }, 'key gave object'],
    ['varyBy', { varyBy: failing }, 'varyBy gave object'],
  ] as const)('is refused as %s: the answer is given and not kept', async (_, own, said) => {
    let runs = 0;
    @Controller()
    class Routes {
      @Get('route')
      @Cached(own)
      get(): string {
        return `run ${++runs}`;
      }
    }
    const http = await HttpApplication.start(platform, { controllers: [Routes] }, { logger });
    expect((await http.get('/route')).body).toBe('run 1');
    expect((await http.get('/route')).body).toBe('run 2');
    expect([...logger.errors, ...logger.warnings]).toContainEqual(expect.stringContaining(said));
  });
});
