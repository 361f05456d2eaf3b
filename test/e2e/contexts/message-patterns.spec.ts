import { Controller, type ExecutionContext, Get } from '@nestjs/common';
import {
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RpcException,
  type TcpContext,
} from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheModule, CacheService } from 'nestjs-tiered-cache';
import { concat, from, lastValueFrom, NEVER, Observable, of, Subject, tap, toArray } from 'rxjs';
import { startTcp, type TcpService } from './tcp-service.js';
import { until } from '../../support/turns.js';

let runs = 0;
let tcp: TcpService | undefined;
let heard = new Subject<string>();
const warnings: string[] = [];

beforeEach(() => {
  runs = 0;
  heard = new Subject();
  warnings.length = 0;
});

afterEach(() => tcp?.close());

interface Ticker {
  readonly ticker: string;
  readonly user?: string;
}

const userOf = (context: ExecutionContext): string | undefined =>
  context.switchToRpc().getData<Ticker>().user;

@Controller()
class Quotes {
  @MessagePattern('quote')
  @Cached()
  async quote(@Payload('ticker') ticker: string): Promise<string> {
    return `${ticker} ${++runs}`;
  }

  @Cached()
  @MessagePattern({ cmd: 'undecorated' })
  undecorated(data: Ticker): string {
    return `${data.ticker} ${++runs}`;
  }

  @MessagePattern('with context')
  @Cached()
  async withContext(@Payload() data: Ticker, @Ctx() context: TcpContext): Promise<string> {
    return `${data.ticker} ${context.getPattern()} ${++runs}`;
  }

  @MessagePattern('shared')
  @Cached({ scope: 'public' })
  async shared(@Payload() data: Ticker, @Ctx() context: TcpContext): Promise<string> {
    return `${data.ticker} ${context.getPattern()} ${++runs}`;
  }

  @MessagePattern('varied')
  @Cached({ varyBy: userOf })
  async varied(@Payload('ticker') ticker: string, @Ctx() _context: TcpContext): Promise<string> {
    return `${ticker} ${++runs}`;
  }

  @MessagePattern('by header')
  @Cached({ varyBy: 'authorization' })
  async byHeader(@Payload('ticker') ticker: string): Promise<string> {
    return `${ticker} ${++runs}`;
  }

  @MessagePattern('failing')
  @Cached()
  async failing(@Payload() ticker: string): Promise<string> {
    if (++runs < 3) throw new RpcException(`no ${ticker} ${runs}`);
    return `${ticker} ${runs}`;
  }

  @MessagePattern('failing stream')
  @Cached()
  failingStream(@Payload() ticker: string): Observable<string> {
    const run = ++runs;
    return concat(
      of(`${ticker} ${run}`),
      from(Promise.reject(new RpcException(`no more ${ticker}`))),
    );
  }

  @EventPattern('heard')
  @Cached()
  hear(@Payload() ticker: string): void {
    runs++;
    heard.next(ticker);
  }

  @MessagePattern('one')
  @Cached({ ttl: '1h', tags: (value: string) => [`tag of ${value}`] })
  one(@Payload() ticker: string): Observable<string> {
    return of(`${ticker} ${++runs}`);
  }

  @MessagePattern('promised')
  @Cached()
  async promised(@Payload() ticker: string) {
    return of(`${ticker} ${++runs}`);
  }

  @MessagePattern('several')
  @Cached()
  several(@Payload() ticker: string): Observable<string> {
    const run = ++runs;
    return from([`${ticker} ${run}a`, `${ticker} ${run}b`]);
  }

  @MessagePattern('none')
  @Cached()
  none(@Payload() _ticker: string): Observable<string> {
    runs++;
    return from([] as string[]);
  }

  @MessagePattern('endless')
  @Cached()
  endless(@Payload() ticker: string): Observable<string> {
    return concat(of(`${ticker} ${++runs}`), NEVER);
  }

  source = new Subject<string>();

  @MessagePattern('live')
  @Cached()
  live(@Payload() _ticker: string): Observable<string> {
    return this.source;
  }

  @MessagePattern('both')
  @Get('both')
  @Cached()
  both(): string {
    return `both ${++runs}`;
  }
}

async function start(): Promise<void> {
  const note = (message: string): number => warnings.push(message);
  tcp = await startTcp({
    imports: [CacheModule.forRoot({ logger: { warn: note, error: note } })],
    controllers: [Quotes],
  });
}

/** Everything that is answered. */
function ask(pattern: unknown, data: unknown): Promise<string[]> {
  return lastValueFrom(tcp!.client.send<string, unknown>(pattern, data).pipe(toArray()));
}

async function one(pattern: unknown, data: unknown): Promise<string | undefined> {
  return (await ask(pattern, data))[0];
}

describe('the messages of a microservice', () => {
  it('are cached by their payload', async () => {
    await start();
    expect(await one('quote', { ticker: 'AAPL' })).toBe('AAPL 1');
    expect(await one('quote', { ticker: 'AAPL', more: true })).toBe('AAPL 1');
    expect(await one('quote', { ticker: 'MSFT' })).toBe('MSFT 2');
    expect(await one({ cmd: 'undecorated' }, { ticker: 'A' })).toBe('A 3');
    expect(await one({ cmd: 'undecorated' }, { ticker: 'A' })).toBe('A 3');
    expect([await one('both', ''), await one('both', '')]).toEqual(['both 4', 'both 4']);
    expect(warnings).toEqual([]);
  });

  it('run once for concurrent callers', async () => {
    await start();
    const asked = Array.from({ length: 5 }, () => one('quote', { ticker: 'AAPL' }));
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['AAPL 1']));
  });

  it('whose method sees the context are not cached, unless the options allow it', async () => {
    await start();
    expect(await one('with context', { ticker: 'A' })).toBe('A with context 1');
    expect(await one('with context', { ticker: 'A' })).toBe('A with context 2');
    expect(await one('shared', { ticker: 'A' })).toBe('A shared 3');
    expect(await one('shared', { ticker: 'A' })).toBe('A shared 3');
    expect(warnings).toEqual([
      expect.stringMatching(/^Quotes.withContext ran uncached: its answer may depend on who asks/),
    ]);
  });

  it('have an entry for each value of varyBy, and none where it is undefined', async () => {
    await start();
    expect(await one('varied', { ticker: 'A', user: 'alice' })).toBe('A 1');
    expect(await one('varied', { ticker: 'A', user: 'bob' })).toBe('A 2');
    expect(await one('varied', { ticker: 'A', user: 'alice' })).toBe('A 1');
    expect(await one('varied', { ticker: 'A' })).toBe('A 3');
    expect(await one('varied', { ticker: 'A' })).toBe('A 4');
    expect(await one('by header', { ticker: 'A' })).toBe('A 5');
    expect(await one('by header', { ticker: 'A' })).toBe('A 6');
  });

  it('that fail are not kept', async () => {
    await start();
    const failure = (pattern: string): Promise<unknown> =>
      ask(pattern, 'A').catch((error: { message: string }) => error.message);
    expect([await failure('failing'), await failure('failing')]).toEqual(['no A 1', 'no A 2']);
    expect([await one('failing', 'A'), await one('failing', 'A')]).toEqual(['A 3', 'A 3']);
    expect(await failure('failing stream')).toBe('no more A');
    expect(await failure('failing stream')).toBe('no more A');
    expect(runs).toBe(5);
  });

  it('always run if they are events', async () => {
    await start();
    const both = lastValueFrom(heard.pipe(toArray()));
    let count = 0;
    heard.subscribe(() => {
      if (++count === 2) heard.complete();
    });
    tcp!.client.emit('heard', 'A');
    tcp!.client.emit('heard', 'A');
    expect(await both).toEqual(['A', 'A']);
    expect(warnings).toEqual(['Quotes.hear ran uncached: it handles an event']);
  });
});

describe('a message answered by an Observable', () => {
  it('is kept if that emits one value, with its options', async () => {
    await start();
    expect([await ask('one', 'A'), await ask('one', 'A')]).toEqual([['A 1'], ['A 1']]);
    expect(await ask('one', 'B')).toEqual(['B 2']);
    await tcp!.service.get(CacheService).invalidateTags(['tag of A 1']);
    expect([await ask('one', 'A'), await ask('one', 'B')]).toEqual([['A 3'], ['B 2']]);
  });

  it('is kept if that was promised, from the second on', async () => {
    await start();
    const answers = [await ask('promised', 'A'), await ask('promised', 'A')];
    expect(answers).toEqual([['A 1'], ['A 2']]);
    expect(await ask('promised', 'A')).toEqual(['A 2']);
  });

  it('is not kept if that emits several or none', async () => {
    await start();
    expect(await ask('several', 'A')).toEqual(['A 1a', 'A 1b']);
    expect(await ask('several', 'A')).toEqual(['A 2a', 'A 2b']);
    expect([await ask('none', 'A'), await ask('none', 'A')]).toEqual([[], []]);
    expect(runs).toBe(4);
  });

  it('does not wait for one that has not ended', async () => {
    await start();
    const first = (): Promise<string> =>
      new Promise((resolve, reject) => {
        // The connection is closed before this ends, which is no matter once it has answered.
        tcp!.client.send<string>('endless', 'A').subscribe({ next: resolve, error: reject });
      });
    expect([await first(), await first()]).toEqual(['A 1', 'A 2']);
  });

  it('is an Observable for other code too', async () => {
    await start();
    const quotes = tcp!.service.get(Quotes);
    expect(await lastValueFrom(quotes.one('A'))).toBe('A 1');
    expect(await lastValueFrom(quotes.one('A'))).toBe('A 1');
    expect(await ask('one', 'A')).toEqual(['A 1']);
    await ask('promised', 'A');
    await ask('promised', 'A');
    expect(await lastValueFrom(await quotes.promised('A'))).toBe('A 3');
  });

  it('is not kept if it was invalidated while it ran', async () => {
    await start();
    const { cache, live, source, answers } = lively();
    live.subscribe((value) => answers.push(value));
    await until(() => source.observed);
    await cache.clear();
    const kept = loadOf(cache);
    source.next('older');
    source.complete();
    expect(await kept).toBe(false);
    expect(answers).toEqual(['older']);
    expect([...cache.memory.keys()]).toEqual([]);
  });

  it('is let go, and not kept, if its caller leaves', async () => {
    await start();
    const { cache, live, source, answers } = lively();
    const caller = live.subscribe((value) => answers.push(value));
    await until(() => source.observed);
    source.next('only');
    const kept = loadOf(cache);
    caller.unsubscribe();
    expect(await kept).toBe(false);
    expect(source.observed).toBe(false);
    expect(answers).toEqual(['only']);
  });

  it('is given up for keeping at its second value, and goes on', async () => {
    await start();
    const { cache, live, source, answers } = lively();
    const end = lastValueFrom(live.pipe(tap((value) => answers.push(value))));
    await until(() => source.observed);
    const kept = loadOf(cache);
    source.next('one');
    source.next('two');
    expect(await kept).toBe(false);
    source.next('three');
    source.complete();
    expect(await end).toBe('three');
    expect(answers).toEqual(['one', 'two', 'three']);
  });
});

/** A message's Observable that the test feeds. */
function lively() {
  const cache = tcp!.service.get(CacheService);
  const source = (tcp!.service.get(Quotes).source = new Subject<string>());
  return { cache, source, live: tcp!.service.get(Quotes).live('A'), answers: [] as string[] };
}

/** Whether the value of the next load to end was kept. */
function loadOf(cache: CacheService): Promise<boolean> {
  return new Promise((resolve) => {
    cache.events.on('load', ({ stored }) => resolve(stored));
  });
}
