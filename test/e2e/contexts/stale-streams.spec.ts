import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheModule, CacheService } from 'nestjs-tiered-cache';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import { lastValueFrom, Observable, Subject, toArray } from 'rxjs';
import { until } from '../../support/turns.js';
import { startTcp, type TcpService } from './tcp-service.js';

let tcp: TcpService;
let clock: ManualClock;
let sources: Subject<string>[] = [];
let left = 0;

/** An Observable that emits when the test says so. */
function source(): Observable<string> {
  const subject = new Subject<string>();
  sources.push(subject);
  return new Observable((subscriber) => {
    const subscription = subject.subscribe(subscriber);
    return () => {
      left++;
      subscription.unsubscribe();
    };
  });
}

@Controller()
class Quotes {
  @MessagePattern('revalidate')
  @Cached({ ttl: 10, staleWhileRevalidate: 60 })
  revalidate(@Payload() _ticker: string): Observable<string> {
    return source();
  }

  @MessagePattern('ifError')
  @Cached({ ttl: 10, staleIfError: 60 })
  ifError(@Payload() _ticker: string): Observable<string> {
    return source();
  }

  @MessagePattern('soft')
  @Cached({ ttl: 10, staleIfError: 60, softTimeout: 2 })
  soft(@Payload() _ticker: string): Observable<string> {
    return source();
  }

  @MessagePattern('hard')
  @Cached({ ttl: 10, hardTimeout: 2 })
  hard(@Payload() _ticker: string): Observable<string> {
    return source();
  }

  @MessagePattern('ahead')
  @Cached({ ttl: 10, refreshAhead: 0.5 })
  ahead(@Payload() _ticker: string): Observable<string> {
    return source();
  }
}

function ask(pattern: string): Promise<string[]> {
  return lastValueFrom(tcp.client.send<string>(pattern, 'AAPL').pipe(toArray()));
}

/** Waits for the method to have been called so often. */
async function called(times: number): Promise<Subject<string>> {
  await until(() => sources.length === times && sources.at(-1)!.observed);
  return sources.at(-1)!;
}

/** The first answer, kept. */
async function fill(pattern: string): Promise<void> {
  const first = ask(pattern);
  emit(await called(1), 'first');
  await expect(first).resolves.toEqual(['first']);
}

function emit(subject: Subject<string>, value: string): void {
  subject.next(value);
  subject.complete();
}

beforeEach(async () => {
  sources = [];
  left = 0;
  clock = new ManualClock();
  tcp = await startTcp({
    imports: [CacheModule.forRoot({ clock, file: false, cleanup: false })],
    controllers: [Quotes],
  });
});

afterEach(() => tcp.close());

describe('An Observable of a message handler that is past its time', () => {
  it('is served stale, and renewed with nobody listening', async () => {
    await fill('revalidate');
    clock.advance('15s');
    await expect(ask('revalidate')).resolves.toEqual(['first']);
    const renewal = await called(2);
    // While the renewal runs, too; and it is not asked twice.
    await expect(ask('revalidate')).resolves.toEqual(['first']);
    emit(renewal, 'second');
    await until(() => left === 2);
    await expect(ask('revalidate')).resolves.toEqual(['second']);
    expect(sources).toHaveLength(2);
  });

  it('stays when its renewal gives several values, which are left', async () => {
    await fill('revalidate');
    clock.advance('15s');
    await ask('revalidate');
    const renewal = await called(2);
    renewal.next('one');
    renewal.next('two');
    await until(() => !renewal.observed);
    await expect(ask('revalidate')).resolves.toEqual(['first']);
  });

  it('is not brought back by a renewal that an invalidation has overtaken', async () => {
    await fill('revalidate');
    clock.advance('15s');
    await ask('revalidate');
    const renewal = await called(2);
    await tcp.service.get(CacheService).clear();
    emit(renewal, 'older');
    await until(() => !renewal.observed);
    const next = ask('revalidate');
    emit(await called(3), 'newer');
    await expect(next).resolves.toEqual(['newer']);
  });

  it('is served when the method fails before it has emitted', async () => {
    await fill('ifError');
    clock.advance('15s');
    const answer = ask('ifError');
    (await called(2)).error(new Error('down'));
    await expect(answer).resolves.toEqual(['first']);
  });

  it('is served after softTimeout; what comes later is kept', async () => {
    await fill('soft');
    clock.advance('15s');
    const answer = ask('soft');
    const slow = await called(2);
    clock.advance('3s');
    await expect(answer).resolves.toEqual(['first']);
    expect(slow.observed).toBe(true);
    emit(slow, 'second');
    await until(() => left === 2);
    await expect(ask('soft')).resolves.toEqual(['second']);
  });

  it('is renewed ahead of its end', async () => {
    await fill('ahead');
    clock.advance('6s');
    await expect(ask('ahead')).resolves.toEqual(['first']);
    emit(await called(2), 'second');
    await until(() => left === 2);
    await expect(ask('ahead')).resolves.toEqual(['second']);
  });

  it('fails after hardTimeout, and is left', async () => {
    const answer = ask('hard').catch((error: unknown) => error);
    const slow = await called(1);
    clock.advance('3s');
    await expect(answer).resolves.toMatchObject({ status: 'error' });
    expect(slow.observed).toBe(false);
  });
});
