import {
  Controller,
  Get,
  Inject,
  Injectable,
  type INestApplication,
  type ModuleMetadata,
  Scope,
} from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Cached,
  CACHE_MANAGER,
  CacheEvict,
  type CacheManagerAdapter,
  CacheModule,
  CacheService,
  Preload,
  provideCacheManager,
} from 'nestjs-tiered-cache';

let runs: string[] = [];
const complaints: string[] = [];
const note = (line: string): number => complaints.push(line);
const logger = { warn: note, error: note };

@Injectable()
class Quotes {
  @Preload({ args: [['preloaded']], wait: true })
  @Cached({ ttl: '5m', tags: ['quotes'] })
  async price(ticker: string): Promise<number> {
    return runs.push(ticker);
  }

  @CacheEvict({ tags: ['quotes'] })
  async reload(): Promise<void> {}
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  @Cached('5m')
  async price(ticker: string): Promise<number> {
    return runs.push(`request ${ticker}`);
  }
}

@Controller('quotes')
class QuotesController {
  @Get()
  @Cached('5m')
  async all(): Promise<{ run: number }> {
    return { run: runs.push('all') };
  }
}

@Controller('per-request')
class PerRequestController {
  constructor(@Inject(PerRequest) readonly quotes: PerRequest) {}

  @Get()
  async one(): Promise<{ run: number }> {
    return { run: await this.quotes.price('AAPL') };
  }
}

const opened: INestApplication[] = [];

async function start(metadata: ModuleMetadata): Promise<(path: string) => Promise<string>> {
  const app = await NestFactory.create(
    { module: class AppModule {}, ...metadata },
    {
      logger: false,
      abortOnError: false,
      instrument: {
        instanceDecorator: (instance) =>
          typeof instance === 'object' && instance !== null ? new Proxy(instance, {}) : instance,
      },
    },
  );
  opened.push(app);
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  return async (path) => {
    const response = await fetch(`${url}${path}`);
    return `${response.status} ${response.headers.get('x-cache')} ${await response.text()}`;
  };
}

beforeEach(() => {
  runs = [];
  complaints.length = 0;
});
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
  expect(complaints).toEqual([]);
});

/** As tracing does it: every instance of Nest's is behind a proxy, which has none of its `#private` members. */
describe('Where Nest decorates each instance with a proxy', () => {
  const cache = CacheModule.forRoot({ logger });

  it('routes hit', async () => {
    const get = await start({ imports: [cache], controllers: [QuotesController] });
    expect(await get('/quotes')).toBe('200 MISS {"run":1}');
    expect(await get('/quotes')).toBe('200 HIT {"run":1}');
  });

  it('routes without a cache answer', async () => {
    const get = await start({ controllers: [QuotesController] });
    expect(await get('/quotes')).toBe('200 null {"run":1}');
    expect(await get('/quotes')).toBe('200 null {"run":2}');
  });

  it('methods of providers are preloaded, hit, and are evicted', async () => {
    await start({ imports: [cache], providers: [Quotes] });
    const quotes = opened[0]!.get(Quotes);
    expect(await quotes.price('preloaded')).toBe(1);
    expect(await quotes.price('AAPL')).toBe(2);
    expect(await quotes.price('AAPL')).toBe(2);
    await quotes.reload();
    expect(await quotes.price('AAPL')).toBe(3);
  });

  it('so are those of an instance for each request, and of a value or a module that comes late', async () => {
    const get = await start({
      imports: [cache],
      controllers: [PerRequestController],
      providers: [PerRequest, { provide: 'quotes', useValue: new Quotes() }],
    });
    expect(await get('/per-request')).toBe('200 null {"run":2}');
    expect(await get('/per-request')).toBe('200 null {"run":2}');
    const value: Quotes = opened[0]!.get('quotes');
    expect(await value.price('AAPL')).toBe(3);
    expect(await value.price('AAPL')).toBe(3);
    class Lazy {}
    const late = await opened[0]!
      .get(LazyModuleLoader)
      .load(() => ({ module: Lazy, providers: [Quotes] }));
    const quotes = late.get(Quotes);
    expect(await quotes.price('preloaded')).toBe(4);
    expect(await quotes.price('AAPL')).toBe(5);
    expect(await quotes.price('AAPL')).toBe(5);
  });

  it('the cache itself, and the one in the place of cache-manager, can be used', async () => {
    await start({ imports: [cache], providers: [provideCacheManager()] });
    const [app] = opened;
    const service = app!.get(CacheService);
    await service.set('AAPL', 1, { tags: ['quotes'] });
    expect(await service.get('AAPL')).toMatchObject({ success: true, value: 1 });
    expect(await service.wrap('AAPL', () => 2)).toBe(1);
    expect(service.getStats().categories).toHaveProperty('default');
    await service.invalidateTags(['quotes']);
    expect(service.memory.get('AAPL').success).toBe(false);
    const manager: CacheManagerAdapter = app!.get(CACHE_MANAGER);
    await manager.set('AAPL', 3);
    expect(await manager.get('AAPL')).toBe(3);
    await app!.close();
    expect(service.closed).toBe(true);
  });
});
