import { Controller, Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheModule } from 'nestjs-tiered-cache';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import { EMPTY, lastValueFrom, type Observable, Subject, toArray } from 'rxjs';
import { deferred, type Deferred } from '../support/deferred.js';
import { settle, until } from '../support/turns.js';
import { startTcp, type TcpService } from './contexts/tcp-service.js';

const HARD = { hardTimeout: 2 };

let clock: ManualClock;
let asked: Deferred<unknown>[] = [];
let emitting: Subject<string>;

function slow(): Promise<unknown> {
  const answer = deferred();
  asked.push(answer);
  return answer.promise;
}

beforeEach(() => {
  clock = new ManualClock();
  asked = [];
  emitting = new Subject();
});

const options = () => ({ clock, file: false, cleanup: false, logger: SILENT }) as const;
const SILENT = { warn: () => {}, error: () => {} };

describe('hardTimeout of a method of a class into which the request is injected', () => {
  @Injectable({ scope: Scope.REQUEST })
  class Mine {
    constructor(@Inject(REQUEST) readonly request: unknown) {}

    @Cached(HARD)
    slow(): Promise<unknown> {
      return slow();
    }

    @Cached(HARD)
    now(): string {
      return 'now';
    }

    @Cached()
    patient(): Promise<unknown> {
      return slow();
    }
  }

  let module: TestingModule;
  let mine: Mine;

  beforeEach(async () => {
    const imports = [CacheModule.forRoot(options())];
    module = await Test.createTestingModule({ imports, providers: [Mine] }).compile();
    await module.init();
    mine = await module.resolve(Mine);
  });
  afterEach(() => module.close());

  it('ends the waiting, and what comes later is lost', async () => {
    const answer = mine.slow().catch((error: unknown) => error);
    clock.advance('3s');
    expect(await answer).toMatchObject({ code: 'CACHE_TIMEOUT', timeoutMs: 2000 });
    asked[0]!.reject(new Error('too late'));
    await settle();
  });

  it('leaves an answer that comes in time, and one that is there at once', async () => {
    const answer = mine.slow();
    clock.advance('1s');
    asked[0]!.resolve('slow');
    expect(await answer).toBe('slow');
    expect(mine.now()).toBe('now');
  });

  it('is none where the options say none: the promise is handed over as it is', async () => {
    const answer = mine.patient();
    clock.advance('1h');
    asked[0]!.resolve('patient');
    expect(await answer).toBe('patient');
  });
});

describe('hardTimeout of a message handler that sees its context', () => {
  @Controller()
  class Handlers {
    @MessagePattern('slow')
    @Cached(HARD)
    slow(@Payload() _of: string, @Ctx() _context: unknown): Promise<unknown> {
      return slow();
    }

    @MessagePattern('now')
    @Cached(HARD)
    now(@Payload() _of: string, @Ctx() _context: unknown): string {
      return 'now';
    }

    @MessagePattern('emitting')
    @Cached(HARD)
    emitting(@Payload() _of: string, @Ctx() _context: unknown): Observable<string> {
      return emitting;
    }

    @MessagePattern('promised')
    @Cached(HARD)
    async promised(@Payload() _of: string, @Ctx() _context: unknown): Promise<Observable<string>> {
      return emitting;
    }

    @MessagePattern('nothing')
    @Cached(HARD)
    nothing(@Payload() _of: string, @Ctx() _context: unknown): Observable<string> {
      return EMPTY;
    }
  }

  let tcp: TcpService;

  beforeEach(async () => {
    tcp = await startTcp({ imports: [CacheModule.forRoot(options())], controllers: [Handlers] });
  });
  afterEach(() => tcp.close());

  const ask = (pattern: string): Promise<unknown> =>
    lastValueFrom(tcp.client.send<string>(pattern, 'AAPL').pipe(toArray())).catch(
      (error: unknown) => error,
    );

  it('ends the waiting', async () => {
    const answer = ask('slow');
    await until(() => asked.length === 1);
    clock.advance('3s');
    expect(await answer).toMatchObject({ status: 'error' });
  });

  it('leaves an answer that is there at once', async () => {
    expect(await ask('now')).toEqual(['now']);
    expect(await ask('nothing')).toEqual([]);
  });

  it.each(['emitting', 'promised'])('ends one that is %s and has not begun', async (pattern) => {
    const answer = ask(pattern);
    await until(() => emitting.observed);
    clock.advance('3s');
    expect(await answer).toMatchObject({ status: 'error' });
    expect(emitting.observed).toBe(false);
  });

  it.each(['emitting', 'promised'])('leaves one that is %s and has begun', async (pattern) => {
    const answer = ask(pattern);
    await until(() => emitting.observed);
    emitting.next('first');
    await settle();
    clock.advance('3s');
    await settle();
    emitting.next('last');
    emitting.complete();
    expect(await answer).toEqual(['first', 'last']);
  });
});
