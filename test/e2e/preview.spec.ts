import { Controller, Get, Inject, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import {
  Cached,
  CacheEvict,
  CacheModule,
  CachePut,
  CacheService,
  Preload,
} from 'nestjs-tiered-cache';

@Injectable()
class Quotes {
  @Preload({ args: [['AAPL']] })
  @Cached('1m')
  async price(ticker: string): Promise<number> {
    return ticker.length;
  }

  @CacheEvict({ tags: ['quotes'] })
  async reload(): Promise<string> {
    return 'reloaded';
  }

  @CachePut({ key: (ticker: string) => ticker })
  async put(ticker: string): Promise<string> {
    return ticker;
  }
}

@Controller('quotes')
class QuotesController {
  constructor(
    @Inject(Quotes) readonly quotes: Quotes,
    @Inject(CacheService) readonly cache: CacheService,
  ) {}

  @Get()
  @Cached('1m')
  async all(): Promise<string> {
    return 'all';
  }
}

/** In which Nest makes no instances: what it injects is `Object.create(Class.prototype)`. */
describe('In the preview mode', () => {
  class AppModule {}
  const root = {
    module: AppModule,
    imports: [CacheModule.forRoot()],
    controllers: [QuotesController],
    providers: [Quotes],
  };
  const options = { preview: true, logger: false, abortOnError: false } as const;

  it('an application with all of the decorators boots and closes, and its methods run uncached', async () => {
    const app = await NestFactory.createApplicationContext(root, options);
    const quotes = app.get(Quotes);
    expect(await quotes.price('AAPL')).toBe(4);
    expect(await quotes.reload()).toBe('reloaded');
    expect(await quotes.put('AAPL')).toBe('AAPL');
    await app.close();
  });

  it('so does one with routes', async () => {
    const app = await NestFactory.create(root, options);
    await expect(app.close()).resolves.toBeUndefined();
  });

  it('so does one with a cache that is not global, and options made later', async () => {
    const made = CacheModule.forRootAsync({ useFactory: () => ({}), isGlobal: false });
    const app = await NestFactory.create({ ...root, imports: [made] }, options);
    await expect(app.close()).resolves.toBeUndefined();
  });
});
