import { Controller, Get, Injectable } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  addressOf,
  Cached,
  CacheModule,
  CacheOptionsError,
  CacheService,
} from 'nestjs-tiered-cache';

@Injectable()
class QuotesService {
  readonly market = 'NYSE';

  @Cached('30m', 'quotes')
  async quote(ticker: string): Promise<string> {
    return `quote of ${ticker}`;
  }

  @Cached({
    tiers: ['memory'],
    key(this: QuotesService, ticker: string) {
      return `${this.market}:${ticker}`;
    },
  })
  keyed(ticker: string): string {
    return ticker;
  }

  plain(): void {}
}

@Injectable()
class OtherQuotes extends QuotesService {}

@Controller()
class Routes {
  @Cached()
  @Get()
  quote(): string {
    return 'quote';
  }
}

describe('addressOf', () => {
  let app: TestingModule;
  let cache: CacheService;

  beforeAll(async () => {
    app = await Test.createTestingModule({
      imports: [CacheModule.forRoot()],
      providers: [QuotesService, OtherQuotes],
      controllers: [Routes],
    }).compile();
    await app.init();
    cache = app.get(CacheService);
  });

  afterAll(() => app.close());

  it('is where the answer to a call is kept', async () => {
    const quotes = app.get(QuotesService);
    await quotes.quote('AAPL');
    const { key, ...address } = addressOf(quotes, 'quote', ['AAPL']);
    expect(address).toEqual({ category: 'quotes' });
    const explanation = await cache.explain(key, address);
    expect(explanation).toMatchObject({ category: 'quotes', found: true });
    const other = addressOf(app.get(OtherQuotes), 'quote', ['AAPL']);
    await expect(cache.explain(other.key, other)).resolves.toMatchObject({ found: false });
  });

  it("goes by the method's own key and tiers", () => {
    expect(addressOf(app.get(QuotesService), 'keyed', ['AAPL'])).toEqual({
      key: 'NYSE:AAPL',
      tiers: ['memory'],
    });
  });

  it('refuses what has no such address', () => {
    const quotes = app.get(QuotesService);
    for (const refused of [
      () => addressOf(quotes, 'plain', []),
      () => addressOf(quotes, 'market', []),
      () => addressOf(quotes, 'quote', [() => 1]),
      () => addressOf(app.get(Routes), 'quote', []),
      () => addressOf(new QuotesService(), 'quote', ['AAPL']),
    ]) {
      expect(refused).toThrow(CacheOptionsError);
    }
  });
});
