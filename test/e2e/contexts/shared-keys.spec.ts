import { Controller, Injectable } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheModule, CacheService } from 'nestjs-tiered-cache';
import { lastValueFrom, Observable, of, Subject, toArray } from 'rxjs';
import { until } from '../../support/turns.js';
import { startTcp, type TcpService } from './tcp-service.js';

let tcp: TcpService;
let source: Subject<string>;
let runs = 0;

const BY_TICKER = { key: (ticker: string) => ticker };

@Controller()
class Quotes {
  @MessagePattern('ticks')
  @Cached(BY_TICKER)
  ticks(@Payload() _ticker: string): Observable<string> {
    return source;
  }

  @MessagePattern('others')
  @Cached(BY_TICKER)
  others(@Payload() _ticker: string): Observable<string> {
    return of('other', 'others');
  }

  @MessagePattern('quote')
  @Cached(BY_TICKER)
  async quote(@Payload() ticker: string): Promise<string> {
    return `${ticker} ${++runs}`;
  }
}

@Injectable()
class QuotesService {
  @Cached(BY_TICKER)
  async find(ticker: string): Promise<string> {
    return `${ticker} ${++runs}`;
  }
}

function ask(pattern: string): Promise<string[]> {
  return lastValueFrom(tcp.client.send<string>(pattern, 'AAPL').pipe(toArray()));
}

beforeEach(async () => {
  runs = 0;
  source = new Subject();
  tcp = await startTcp({
    imports: [CacheModule.forRoot({ file: false, cleanup: false })],
    controllers: [Quotes],
    providers: [QuotesService],
  });
});

afterEach(() => tcp.close());

describe('Who has waited, under the key of a message handler, for what turns out to be no one value', () => {
  it.each<[string, () => Promise<unknown>, unknown]>([
    ['a method', () => tcp.service.get(QuotesService).find('AAPL'), 'AAPL 1'],
    ['another handler', () => ask('quote'), ['AAPL 1']],
    ['another that emits', () => ask('others'), ['other', 'others']],
    ['wrap', () => tcp.service.get(CacheService).wrap('AAPL', () => 'wrapped'), 'wrapped'],
  ])('has his own: %s', async (_who, call, expected) => {
    const ticks = ask('ticks');
    await until(() => source.observed);
    const waiting = call();
    await until(() => tcp.service.get(CacheService).getStats().loads.coalesced === 1);
    source.next('one');
    source.next('two');
    source.complete();
    await expect(ticks).resolves.toEqual(['one', 'two']);
    await expect(waiting).resolves.toEqual(expected);
  });

  it('and has the value with the others where it is one', async () => {
    const ticks = ask('ticks');
    await until(() => source.observed);
    const waiting = tcp.service.get(QuotesService).find('AAPL');
    source.next('one');
    source.complete();
    await expect(ticks).resolves.toEqual(['one']);
    await expect(waiting).resolves.toBe('one');
  });
});
