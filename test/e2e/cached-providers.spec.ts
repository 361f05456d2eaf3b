import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import {
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  Optional,
  Scope,
  SetMetadata,
  StreamableFile,
  type Type,
} from '@nestjs/common';
import { ContextIdFactory, LazyModuleLoader, ModuleRef, Reflector, REQUEST } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Cached,
  CacheModule,
  type CacheModuleOptions,
  CacheService,
  createCache,
} from 'nestjs-tiered-cache';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

const Below = (value: string) => SetMetadata('below', value);
const Above = (value: string) => SetMetadata('above', value);
const BY_SYMBOL = Symbol('compute');

let runs: string[] = [];

class Prices {
  @Cached('30m', 'prices')
  async price(ticker: string): Promise<string> {
    runs.push(`${this.constructor.name}.price(${ticker})`);
    return `${ticker}:${runs.length}`;
  }

  @Cached()
  double(amount: number): number {
    runs.push(`double(${amount})`);
    return amount * 2;
  }

  both(amount: number): number[] {
    return [this.double(amount), this.double(amount)];
  }

  @Cached({ ttl: 60 })
  [BY_SYMBOL](amount: number): number {
    runs.push(`symbol(${amount})`);
    return amount;
  }

  @Cached({
    key(this: Prices, ticker: string) {
      return `${this.prefix()}${ticker}`;
    },
  })
  keyed(ticker: string, _ignored: number): string {
    runs.push(`keyed(${ticker})`);
    return ticker;
  }

  prefix(): string {
    return 'prefix:';
  }

  @Cached()
  async failing(): Promise<never> {
    runs.push('failing');
    throw new Error(`failure ${runs.length}`);
  }
}

@Injectable()
class Singleton extends Prices {}
@Injectable({ scope: Scope.REQUEST })
class PerRequest extends Prices {}
@Injectable({ scope: Scope.TRANSIENT })
class Transient extends Prices {}

@Injectable()
class Reports {
  @Cached('1h')
  async report(): Promise<StreamableFile> {
    return new StreamableFile(Readable.from([Buffer.from('a report')]));
  }
}

@Controller()
class Downloads {
  constructor(private readonly reports: Reports) {}

  @Get('report')
  report(): Promise<StreamableFile> {
    return this.reports.report();
  }
}

const opened: TestingModule[] = [];

async function boot(
  providers: Parameters<typeof Test.createTestingModule>[0]['providers'] = [],
  options: CacheModuleOptions = {},
) {
  const module = await Test.createTestingModule({
    imports: [CacheModule.forRoot(options)],
    providers,
  }).compile();
  opened.push(module);
  await module.init();
  return module;
}

afterEach(closeAll);
afterEach(async () => {
  runs = [];
  await Promise.all(opened.splice(0).map((module) => module.close()));
});

async function expectCached(...instances: Prices[]): Promise<void> {
  const answers: string[] = [];
  for (const instance of instances) answers.push(await instance.price('AAPL'));
  for (const instance of instances) answers.push(await instance.price('AAPL'));
  expect(new Set(answers).size).toBe(1);
  expect(runs).toHaveLength(1);
}

describe('@Cached on providers', () => {
  it('caches methods of a singleton', async () => {
    const module = await boot([Singleton]);
    await expectCached(module.get(Singleton));
    expect(await module.get(Singleton).price('MSFT')).toBe('MSFT:2');
  });

  it('shares between the instances of a request-scoped class', async () => {
    const module = await boot([PerRequest]);
    const one = await module.resolve(PerRequest);
    const other = await module.resolve(PerRequest);
    expect(one).not.toBe(other);
    await expectCached(one, other);
  });

  describe('of a class into which the request is injected', () => {
    @Injectable({ scope: Scope.REQUEST })
    class CurrentUser {
      constructor(@Inject(REQUEST) readonly request: { user: string }) {}
    }
    @Injectable()
    class Accounts {
      constructor(@Inject(CurrentUser) private readonly current: CurrentUser) {}

      @Cached('5m')
      async mine() {
        return `${this.current.request.user}'s`;
      }

      @Cached({ ttl: '5m', scope: 'public' })
      async rates() {
        runs.push('rates');
        return 'rates';
      }

      @Cached({ ttl: '5m', key: (id: string) => id })
      async byId(id: string) {
        runs.push('byId');
        return id;
      }
    }
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class Tenant {
      @Inject(REQUEST) readonly request!: { user: string };

      @Cached('5m')
      name() {
        return this.request.user;
      }
    }
    const makeAccounts = (request: { user: string }): Accounts =>
      new Accounts(new CurrentUser(request));
    const PROVIDERS = [
      CurrentUser,
      Accounts,
      Tenant,
      { provide: 'made', scope: Scope.REQUEST, inject: [REQUEST], useFactory: makeAccounts },
    ];

    async function forUser<T extends object>(
      module: TestingModule,
      token: Type<T> | string,
      user: string,
    ): Promise<T> {
      const id = ContextIdFactory.create();
      module.registerRequestByContextId({ user }, id);
      return module.resolve<T>(token as Type<T>, id);
    }

    it.each([['itself', Accounts] as const, ['a factory that makes it', 'made'] as const])(
      'gives no user what another was answered: into %s',
      async (_where, token) => {
        const module = await boot(PROVIDERS);
        for (const user of ['alice', 'bob', 'alice']) {
          const accounts = await forUser<Accounts>(module, token, user);
          expect(await accounts.mine()).toBe(`${user}'s`);
        }
      },
    );

    it('boots where what is optional is missing before the request', async () => {
      @Injectable()
      class Lenient {
        constructor(
          @Optional() @Inject('missing') readonly missing: unknown,
          @Inject(CurrentUser) private readonly current: CurrentUser,
        ) {}

        @Cached('5m')
        who() {
          return this.current.request.user;
        }
      }
      const module = await boot([CurrentUser, Lenient]);
      for (const user of ['alice', 'bob']) {
        expect((await forUser(module, Lenient, user)).who()).toBe(user);
      }
    });

    it('gives no tenant what another was answered', async () => {
      const module = await boot(PROVIDERS);
      for (const user of ['acme', 'globex']) {
        expect((await forUser(module, Tenant, user)).name()).toBe(user);
      }
    });

    it('caches it where the options say whose answer it is, or that it is anybody’s', async () => {
      const module = await boot(PROVIDERS);
      for (const user of ['alice', 'bob']) {
        const accounts = await forUser(module, Accounts, user);
        expect(await accounts.rates()).toBe('rates');
        expect(await accounts.byId('7')).toBe('7');
      }
      expect(runs).toEqual(['rates', 'byId']);
    });

    it('says so once', async () => {
      const warnings: string[] = [];
      const logger = { warn: (line: string) => warnings.push(line), error: () => {} };
      const module = await boot(PROVIDERS, { logger });
      for (const user of ['alice', 'bob']) {
        await (await forUser(module, Accounts, user)).mine();
        await (await forUser<Accounts>(module, 'made', user)).mine();
      }
      expect(warnings).toEqual([
        'Accounts.mine runs uncached: each request has an instance, into which, or into what it depends on, ' +
          "the request is injected, and its arguments do not tell whose; say `key`, or `scope: 'public'`",
      ]);
    });
  });

  it('shares between the instances of a transient class', async () => {
    @Injectable()
    class Consumer {
      constructor(@Inject(Transient) readonly transient: Transient) {}
    }
    const module = await boot([Transient, Consumer]);
    const injected = module.get(Consumer).transient;
    const resolved = await module.resolve(Transient);
    expect(injected).not.toBe(resolved);
    await expectCached(injected, resolved);
  });

  it('caches what useFactory makes', async () => {
    const module = await boot([
      { provide: 'plain', useFactory: () => new Prices() },
      { provide: 'async', useFactory: async () => new Prices() },
    ]);
    await expectCached(module.get('plain'));
    runs = [];
    await expectCached(module.get('async'));
  });

  it('caches what a request-scoped factory makes', async () => {
    let made = 0;
    const useFactory = () => (made++, new Prices());
    const module = await boot([{ provide: 'scoped', scope: Scope.REQUEST, useFactory }]);
    const first = await module.resolve<Prices>('scoped', ContextIdFactory.create());
    const second = await module.resolve<Prices>('scoped', ContextIdFactory.create());
    expect(first).not.toBe(second);
    await expectCached(first, second);
    expect(made).toBe(2);
  });

  it('caches what an asynchronous factory makes for each request', async () => {
    const useFactory = async () => new Prices();
    const module = await boot([{ provide: 'made', scope: Scope.REQUEST, useFactory }]);
    const first = await module.resolve<Prices>('made', ContextIdFactory.create());
    const second = await module.resolve<Prices>('made', ContextIdFactory.create());
    expect(first).not.toBe(second);
    await expectCached(first, second);
  });

  it('caches what a transient factory makes, at boot and later', async () => {
    @Injectable()
    class Consumer {
      constructor(@Inject('transient') readonly prices: Prices) {}
    }
    const module = await boot([
      { provide: 'transient', scope: Scope.TRANSIENT, useFactory: () => new Prices() },
      Consumer,
    ]);
    const later = await module.resolve<Prices>('transient');
    expect(later).not.toBe(module.get(Consumer).prices);
    await expectCached(module.get(Consumer).prices, later);
  });

  it('caches useValue and frozen instances', async () => {
    const module = await boot([
      { provide: 'value', useValue: new Prices() },
      { provide: 'frozen', useValue: Object.freeze(new Prices()) },
    ]);
    await expectCached(module.get('value'));
    runs = [];
    await expectCached(module.get('frozen'));
  });

  it('caches instances that ModuleRef.create makes', async () => {
    const module = await boot();
    await expectCached(await module.get(ModuleRef).create(Singleton));
  });

  it('caches classes of modules that are loaded lazily, and what their factories make', async () => {
    @Module({
      providers: [
        Singleton,
        { provide: 'made', useFactory: async () => new Prices() },
        { provide: 'value', useValue: new Prices() },
        { provide: 'scoped', scope: Scope.REQUEST, useFactory: () => new Prices() },
        { provide: 'transient', scope: Scope.TRANSIENT, useFactory: () => new Transient() },
      ],
    })
    class Lazy {}
    @Module({ imports: [Lazy], providers: [Transient] })
    class LazyToo {}
    const module = await boot();
    const lazy = await module.get(LazyModuleLoader).load(() => Lazy);
    await module.get(LazyModuleLoader).load(() => LazyToo);
    for (const made of [lazy.get(Singleton), lazy.get<Prices>('made'), lazy.get<Prices>('value')]) {
      runs = [];
      await expectCached(made);
    }
    runs = [];
    const transients = ['transient', 'transient'].map((token) => lazy.resolve<Prices>(token));
    await expectCached(...(await Promise.all(transients)));
    const scoped = await lazy.resolve<Prices>('scoped', ContextIdFactory.create());
    // It is not the singletons of its class.
    expect(await scoped.price('AAPL')).not.toBe(await lazy.get<Prices>('made').price('AAPL'));
  });

  it('gives an instance that outlives its application to the next one', async () => {
    const value = new Prices();
    const first = await boot([{ provide: 'value', useValue: value }]);
    await value.price('AAPL');
    await first.close();
    await boot([{ provide: 'value', useValue: value }]);
    runs = [];
    await expectCached(value);
  });

  it('does not take a live instance away from the first of two applications', async () => {
    const value = new Prices();
    const first = await boot([{ provide: 'value', useValue: value }]);
    await boot([{ provide: 'value', useValue: value }]);
    await value.price('AAPL');
    expect(first.get(CacheService).getStats().memoryCache.entries).toBe(1);
  });

  it('hands an instance of two applications on to the living one, each time one closes', async () => {
    const values = [new Prices(), Object.freeze(new Prices())];
    const providers = values.map((useValue, index) => ({ provide: `${index}`, useValue }));
    let old = await boot(providers);
    for (let time = 0; time < 3; time++) {
      const gone = await boot(providers);
      const next = await boot(providers);
      await gone.close();
      await old.close();
      runs = [];
      const answers = [];
      for (const value of [...values, ...values]) answers.push(await value.price('AAPL'));
      // Each has its own.
      expect(answers).toEqual(['AAPL:1', 'AAPL:2', 'AAPL:1', 'AAPL:2']);
      expect([...next.get(CacheService).memory.keys('prices')]).toEqual([
        expect.stringContaining('RootTestModule 0'),
        expect.stringContaining('RootTestModule 1'),
      ]);
      old = next;
    }
  });

  it('runs uncached when made with new, outside Nest', async () => {
    await boot([Singleton]);
    const outside = new Singleton();
    expect(await outside.price('AAPL')).not.toBe(await outside.price('AAPL'));
    expect(outside.both(2)).toEqual([4, 4]);
    expect(runs.filter((run) => run === 'double(2)')).toHaveLength(2);
  });

  it('does not share between two applications of one process', async () => {
    const first = await boot([Singleton]);
    const second = await boot([Singleton]);
    const answer = await first.get(Singleton).price('AAPL');
    expect(await second.get(Singleton).price('AAPL')).not.toBe(answer);
    expect(await first.get(Singleton).price('AAPL')).toBe(answer);
    await first.close();
    expect(await second.get(Singleton).price('AAPL')).not.toBe(answer);
    expect(runs).toHaveLength(2);
  });

  it('keeps a synchronous method synchronous, on a miss and on a hit', async () => {
    const prices = (await boot([Singleton])).get(Singleton);
    expect(prices.double(4)).toBe(8);
    expect(prices.double(4)).toBe(8);
    expect(runs).toEqual(['double(4)']);
  });

  it('caches calls of this.other()', async () => {
    const prices = (await boot([Singleton])).get(Singleton);
    expect(prices.both(3)).toEqual([6, 6]);
    expect(runs).toEqual(['double(3)']);
  });

  it('caches methods named by a symbol', async () => {
    const prices = (await boot([Singleton])).get(Singleton);
    expect([prices[BY_SYMBOL](1), prices[BY_SYMBOL](1), prices[BY_SYMBOL](2)]).toEqual([1, 1, 2]);
    expect(runs).toEqual(['symbol(1)', 'symbol(2)']);
  });

  it('calls the key function with the instance and the arguments', async () => {
    const module = await boot([Singleton]);
    module.get(Singleton).keyed('AAPL', 1);
    module.get(Singleton).keyed('AAPL', 2);
    expect(runs).toEqual(['keyed(AAPL)']);
    expect(module.get(CacheService).memory.has('prefix:AAPL')).toBe(true);
  });

  it.each(PLATFORMS)('gives each caller a StreamableFile of its own, on %s', async (platform) => {
    const http = await HttpApplication.start(platform, {
      controllers: [Downloads],
      providers: [Reports],
    });
    const download = async () => (await http.get('/report')).body;
    expect(await Promise.all([download(), download()])).toEqual(['a report', 'a report']);
    expect(await download()).toBe('a report');
  });

  it('runs once for concurrent callers, and does not keep a failure', async () => {
    const prices = (await boot([Singleton])).get(Singleton);
    const failures = await Promise.allSettled(Array.from({ length: 20 }, () => prices.failing()));
    expect(runs).toEqual(['failing']);
    expect(new Set(failures.map((failure) => (failure as PromiseRejectedResult).reason)).size).toBe(
      1,
    );
    await expect(prices.failing()).rejects.toThrow('failure 2');
  });

  it('does not show the cache in what is printed, compared and serialized', async () => {
    const prices = (await boot([Singleton])).get(Singleton);
    expect(inspect(prices)).toBe('Singleton {}');
    expect(Object.keys(prices)).toEqual([]);
    expect(prices).toStrictEqual(new Singleton());
    expect(JSON.stringify(prices)).toBe('{}');
  });
});

describe('subclasses', () => {
  @Injectable()
  class Parent {
    @Cached()
    who(): string {
      runs.push(`Parent.who as ${this.constructor.name}`);
      return `parent of ${this.constructor.name}`;
    }

    @Cached()
    inherited(): string {
      return this.constructor.name;
    }
  }

  @Injectable()
  class Child extends Parent {
    @Cached()
    override who(): string {
      runs.push('Child.who');
      return `child, then ${super.who()}`;
    }

    parentWho(): string {
      return super.who();
    }
  }

  it('share nothing with their parent', async () => {
    const module = await boot([Parent, Child]);
    expect(module.get(Parent).inherited()).toBe('Parent');
    expect(module.get(Child).inherited()).toBe('Child');
  });

  it('can override a cached method and call it', async () => {
    const module = await boot([Parent, Child]);
    const child = module.get(Child);
    for (let time = 0; time < 2; time++) {
      expect(child.who()).toBe('child, then parent of Child');
      expect(module.get(Parent).who()).toBe('parent of Parent');
    }
    expect(runs).toEqual(['Child.who', 'Parent.who as Child', 'Parent.who as Parent']);
    expect(child.parentWho()).toBe('parent of Child');
  });

  it('are told apart even if two classes have one name', async () => {
    const make = (answer: string) => {
      @Injectable()
      class Twin {
        @Cached()
        answer(): string {
          return answer;
        }
      }
      return Twin;
    };
    const [One, Other] = [make('one'), make('other')];
    const module = await boot([One, Other]);
    expect([module.get(One).answer(), module.get(Other).answer()]).toEqual(['one', 'other']);
  });

  it('with symbols of one description are told apart', async () => {
    const one: unique symbol = Symbol('same');
    const other: unique symbol = Symbol('same');
    @Injectable()
    class Symbols {
      @Cached()
      [one](): string {
        return 'one';
      }
      @Cached()
      [other](): string {
        return 'other';
      }
    }
    const symbols = (await boot([Symbols])).get(Symbols);
    expect([symbols[one](), symbols[other]()]).toEqual(['one', 'other']);
  });
});

describe('other decorators', () => {
  class Decorated {
    @Above('a')
    @Cached()
    @Below('b')
    one(_first: string, _second: number): void {}

    @Below('b')
    @Cached({ ttl: '1h' })
    @Above('a')
    two(): void {}
  }

  it('keep their metadata, above and below', () => {
    const reflector = new Reflector();
    for (const method of [Decorated.prototype.one, Decorated.prototype.two]) {
      expect([reflector.get('above', method), reflector.get('below', method)]).toEqual(['a', 'b']);
    }
  });

  it('find name and length as they were', () => {
    expect([Decorated.prototype.one.name, Decorated.prototype.one.length]).toEqual(['one', 2]);
    expect([Decorated.prototype.two.name, Decorated.prototype.two.length]).toEqual(['two', 0]);
  });
});

describe('CacheModule', () => {
  it('takes its options from a factory, a class and an existing provider', async () => {
    @Injectable()
    class Options {
      @Cached()
      createCacheOptions() {
        return { maxEntriesPerCategory: 1 };
      }
    }
    @Module({ providers: [Options], exports: [Options] })
    class OptionsModule {}
    const imports = [OptionsModule];
    const inject = [Options];
    const useFactory = (options: Options) => options.createCacheOptions();
    for (const definition of [
      CacheModule.forRootAsync({ imports, inject, useFactory }),
      CacheModule.forRootAsync({ imports, useExisting: Options }),
      CacheModule.forRootAsync({ useClass: Options }),
    ]) {
      const module = await Test.createTestingModule({ imports: [definition] }).compile();
      opened.push(module);
      const { memory } = module.get(CacheService);
      memory.set('a', 1);
      memory.set('b', 2);
      expect([memory.has('a'), memory.has('b')]).toEqual([false, true]);
    }
  });

  it('is global, unless it is not to be', async () => {
    @Module({ providers: [Singleton] })
    class Feature {}
    for (const isGlobal of [true, false]) {
      const asked: unknown[] = [];
      const optional = [{ token: CacheService, optional: true }];
      @Module({
        providers: [
          { provide: 'asked', inject: optional, useFactory: (cache: unknown) => asked.push(cache) },
        ],
      })
      class Asking {}
      const module = await Test.createTestingModule({
        imports: [CacheModule.forRoot({ isGlobal }), Feature, Asking],
      }).compile();
      opened.push(module);
      await module.init();
      expect(asked[0] instanceof CacheService).toBe(isGlobal);
      runs = [];
      await expectCached(module.get(Singleton, { strict: false }));
    }
  });

  it('accepts a cache that a test puts in its place', async () => {
    const own = createCache({ cleanup: false });
    const module = await Test.createTestingModule({
      imports: [CacheModule.forRoot()],
      providers: [Singleton],
    })
      .overrideProvider(CacheService)
      .useValue(own)
      .compile();
    opened.push(module);
    await module.init();
    await expectCached(module.get(Singleton));
    expect(own.getStats().memoryCache.entries).toBe(1);
  });

  it('closes the cache with the application', async () => {
    const module = await boot();
    const cache = module.get(CacheService);
    expect(cache.closed).toBe(false);
    await module.close();
    expect(cache.closed).toBe(true);
  });

  it('shares nothing with objects that only inherit from an instance: what they have of their own is in no key', async () => {
    class Reports {
      readonly tenant: string = 'nobody';

      @Cached('1h')
      async report(year: number): Promise<string> {
        runs.push(`${this.tenant} ${year}`);
        return `${year} of ${this.tenant}`;
      }

      forTenant(tenant: string): Reports {
        return Object.create(this, { tenant: { value: tenant } }) as Reports;
      }
    }
    const reports = (await boot([Reports])).get(Reports);
    for (const tenant of ['alice', 'bob', 'alice']) {
      expect(await reports.forTenant(tenant).report(2026)).toBe(`2026 of ${tenant}`);
    }
    expect([await reports.report(2026), await reports.report(2026)]).toEqual([
      '2026 of nobody',
      '2026 of nobody',
    ]);
    expect(runs).toEqual(['alice 2026', 'bob 2026', 'alice 2026', 'nobody 2026']);
  });
});
