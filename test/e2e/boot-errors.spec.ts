import { Controller, type DynamicModule, Get, Injectable, Module, Scope } from '@nestjs/common';
import { LazyModuleLoader, NestFactory, REQUEST } from '@nestjs/core';
import { Query, Resolver } from '@nestjs/graphql';
import { Test } from '@nestjs/testing';
import { WebSocketGateway } from '@nestjs/websockets';
import { describe, expect, it } from '@jest/globals';
import {
  Cached,
  CacheEvict,
  type CacheEvictOptions,
  CacheModule,
  type CacheModuleAsyncOptions,
  type CacheModuleOptions,
  CacheOptionsError,
  CacheService,
  type CacheOptionsFactory,
  CachePut,
  type CachePutOptions,
  type CachedOptions,
  Preload,
} from 'nestjs-tiered-cache';

async function bootError(metadata: Parameters<typeof Test.createTestingModule>[0]) {
  const module = await Test.createTestingModule({
    imports: [CacheModule.forRoot()],
    ...metadata,
  }).compile();
  try {
    await module.init();
  } catch (error) {
    // Nest 11 throws the error of the boot again.
    await module.close().catch(() => undefined);
    return error as CacheOptionsError;
  }
  await module.close();
  throw new Error('booted');
}

function serviceWith(decorator: MethodDecorator) {
  @Injectable()
  class QuotesService {
    @decorator
    quote(): string {
      return 'quote';
    }
  }
  return QuotesService;
}

function asyncServiceWith(decorator: MethodDecorator) {
  @Injectable()
  class QuotesService {
    @decorator
    async quote(): Promise<string> {
      return 'quote';
    }
  }
  return QuotesService;
}

it.each<[string, object, string]>([
  ['a list', [], 'a list of 0'],
  ['a Map', new Map([['ttl', 5]]), 'an instance of Map'],
  ['a signal', new AbortController().signal, 'an instance of AbortSignal'],
])('%s is no options of @Cached or @Preload', (_what, options, shown) => {
  const says = (decorator: string): string =>
    `QuotesService.quote ${decorator}: got ${shown}, must be an object`;
  expect(() => serviceWith(Cached(options))).toThrow(says('@Cached'));
  expect(() => serviceWith(Preload(options))).toThrow(says('@Preload'));
});

function controllerWith(decorator: MethodDecorator) {
  class QuotesController {
    async quote(): Promise<string> {
      return 'quote';
    }
  }
  const place = [QuotesController.prototype, 'quote'] as const;
  const descriptor = Object.getOwnPropertyDescriptor(...place)!;
  Get()(...place, descriptor);
  decorator(...place, descriptor);
  Object.defineProperty(...place, descriptor);
  Controller()(QuotesController);
  return QuotesController;
}

describe('options of the module', () => {
  const bad: [string, CacheModuleOptions][] = [
    ['defaultTtl', { defaultTtl: -1 }],
    ['defaultTtl', { defaultTtl: Number.NaN }],
    ['maxEntriesPerCategory', { maxEntriesPerCategory: -5 }],
    ['maxBytesPerCategory', { maxBytesPerCategory: '64 parsecs' }],
    ['evictionPolicy', { evictionPolicy: 'random' as never }],
    ['categories.quotes.ttl', { categories: { quotes: { ttl: '5 fortnights' } } }],
    ['cleanup.cron', { cleanup: { cron: 'whenever' } }],
    ['cleanup', { cleanup: true as never }],
    ['file.concurrency', { file: { concurrency: 0 } }],
    ['file.directory', { file: { directory: 5 as never } }],
    ['file.encryption.keys[0]', { file: { encryption: { keys: ['secret'] } } }],
    ['encryption.keys[1]', { encryption: { keys: [new Uint8Array(32), new Uint8Array(31)] } }],
    ['compression.algorithm', { compression: { algorithm: 'zip' as never } }],
    ['defautTtl', { defautTtl: 5 } as CacheModuleOptions],
  ];

  it.each(bad)('%s fails the boot by name: %j', async (option, options) => {
    const definition = CacheModule.forRoot(options);
    const boot = Test.createTestingModule({ imports: [definition] }).compile();
    const error = await boot.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CacheOptionsError);
    expect((error as CacheOptionsError).option).toBe(option);
  });

  it('with a name that there is not fail with the names that there are', async () => {
    const options: object = { isglobal: true };
    const bootOf = (definition: DynamicModule): Promise<unknown> =>
      Test.createTestingModule({ imports: [definition] }).compile();
    await expect(bootOf(CacheModule.forRoot(options))).rejects.toThrow(
      /^isglobal: got true, .* only .*defaultTtl, .*clock, isGlobal; did you mean `isGlobal`\?$/,
    );
    const made = CacheModule.forRootAsync({ useFactory: () => options });
    await expect(bootOf(made)).rejects.toThrow(
      /^isglobal: got true, .* only .*defaultTtl, .*clock$/,
    );
  });

  it('that a factory gives fail the boot too, with NestFactory', async () => {
    const useFactory = async () => ({ defaultTtl: 'soon' });
    const definition = CacheModule.forRootAsync({ useFactory });
    const boot = NestFactory.createApplicationContext(definition, {
      logger: false,
      abortOnError: false,
    });
    await expect(boot).rejects.toThrow(CacheOptionsError);
    await expect(boot).rejects.toThrow(/defaultTtl: got "soon"/);
  });

  it.each<[unknown, string]>([
    [null, 'CacheModule.forRoot options: got null, must be an object'],
    [[], 'CacheModule.forRoot options: got a list of 0, must be an object'],
    [new Map(), 'CacheModule.forRoot options: got an instance of Map, must be an object'],
    ['abc', 'CacheModule.forRoot options: got a string of 3 characters, must be an object'],
    [{ isGlobal: 'false' }, 'isGlobal: got "false", must be true or false'],
    [{ isGlobal: null }, 'isGlobal: got null, must be true or false'],
  ])('are refused as a whole, and isGlobal, when the module is made: %j', (options, message) => {
    const make = () => CacheModule.forRoot(options as CacheModuleOptions);
    expect(make).toThrow(CacheOptionsError);
    expect(make).toThrow(message);
  });

  class Options {
    createCacheOptions() {
      return {};
    }
  }
  const useFactory = () => ({});
  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /^CacheModule.forRootAsync: got undefined, must be an object/],
    ['none of three', {}, /^CacheModule.forRootAsync: .*one of useFactory, useClass and useExi/],
    [
      'a factory beside a class',
      { useFactory, useClass: Options },
      /^CacheModule.forRootAsync: got useFactory and useClass, must be given one of /,
    ],
    [
      'a factory beside a provider',
      { useFactory, useExisting: Options },
      /^CacheModule.forRootAsync: got useFactory and useExisting, must be given one of /,
    ],
    [
      'inject beside a class',
      { useClass: Options, inject: ['a'] },
      /^CacheModule.forRootAsync.inject: got a list of 1, must be left out beside useClass/,
    ],
    [
      'inject beside a provider',
      { useExisting: Options, inject: ['a'] },
      /^CacheModule.forRootAsync.inject: got a list of 1, must be left out beside useExisting/,
    ],
    ['no function', { useFactory: {} }, /^CacheModule.forRootAsync.useFactory: .* a function/],
    ['no class', { useClass: {} }, /^CacheModule.forRootAsync.useClass: .* a class/],
    ['no token', { useExisting: null }, /^CacheModule.forRootAsync.useExisting: .* a token/],
    ['isGlobal', { useFactory, isGlobal: 'x' }, /^CacheModule.forRootAsync.isGlobal: got "x"/],
    ['no list', { useFactory, inject: 'x' }, /^CacheModule.forRootAsync.inject: .* an array/],
    ['what there is not', { useFactory, global: 1 }, /^CacheModule.forRootAsync.global: .*left/],
  ])('that are to be made: %s is refused at once', (_, options, message) => {
    const make = () => CacheModule.forRootAsync(options as CacheModuleAsyncOptions);
    expect(make).toThrow(CacheOptionsError);
    expect(make).toThrow(message);
  });

  const withoutMethod = { provide: 'options', useValue: {} };
  it.each<[string, unknown, string]>([
    [
      'a factory that gives a number',
      { useFactory: () => 5 },
      'CacheModule.forRootAsync options: got 5, must be an object',
    ],
    [
      'a factory that gives a text',
      { useFactory: async () => 'abc' },
      'CacheModule.forRootAsync options: got a string of 3 characters, must be an object',
    ],
    [
      'isGlobal from a factory',
      { useFactory: () => ({ isGlobal: false }) },
      'isGlobal: got false, must be left out of the options that are made: it stands beside useFactory',
    ],
    [
      'a class without the method',
      { useClass: class Wrong {} },
      'Wrong.createCacheOptions: got undefined, must be a method',
    ],
    [
      'a provider without the method',
      {
        useExisting: 'options',
        imports: [{ module: Options, providers: [withoutMethod], exports: ['options'] }],
      },
      'options.createCacheOptions: got undefined, must be a method',
    ],
  ])('that are made: %s fails the boot', async (_, options, message) => {
    const definition = CacheModule.forRootAsync(options as CacheModuleAsyncOptions);
    const boot = Test.createTestingModule({ imports: [definition] }).compile();
    const error: unknown = await boot.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CacheOptionsError);
    expect(String(error)).toContain(message);
  });

  @Injectable({ scope: Scope.REQUEST })
  class Tenant implements CacheOptionsFactory {
    createCacheOptions(): CacheModuleOptions {
      return {};
    }
  }
  @Injectable({ scope: Scope.TRANSIENT })
  class Settings {
    constructor(readonly tenant: Tenant) {}
  }
  const tenants = { module: Options, providers: [Tenant, Settings], exports: [Tenant, Settings] };
  it.each<[string, CacheModuleAsyncOptions, string]>([
    ['the request', { inject: [REQUEST], useFactory }, 'REQUEST'],
    ['a provider of each request', { imports: [tenants], inject: [Tenant], useFactory }, 'Tenant'],
    ['what depends on one', { imports: [tenants], inject: [Settings], useFactory }, 'Tenant'],
    ['a class of each request', { useClass: Tenant }, 'Tenant'],
    ['a factory of each request', { imports: [tenants], useExisting: Tenant }, 'Tenant'],
  ])('that depend on %s fail the boot', async (_, options, token) => {
    const imports = [CacheModule.forRootAsync(options)];
    const module = await Test.createTestingModule({ imports }).compile();
    await expect(module.init()).rejects.toThrow(
      `CacheModule.forRootAsync: got ${token}, of which each request has its own, ` +
        'must be given what there is one of in the application: its cache is one for all requests',
    );
    await module.close().catch(() => undefined);
  });

  it('may come to nothing in a factory', async () => {
    const definition = CacheModule.forRootAsync({ useFactory: () => undefined as never });
    const module = await Test.createTestingModule({ imports: [definition] }).compile();
    await module.init();
    await module.close();
  });

  const BARE = /^CacheModule: got "the class alone", must be imported as CacheModule.forRoot/;

  it('are asked for where the class alone is imported, which has no cache', async () => {
    const local = CacheModule.forRoot({ isGlobal: false });
    @Module({ imports: [CacheModule] })
    class Feature {}
    for (const imports of [[CacheModule], [Feature], [Feature, local]]) {
      const boot = Test.createTestingModule({ imports }).compile();
      const error: unknown = await boot.catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(CacheOptionsError);
      expect((error as Error).message).toMatch(BARE);
    }
  });

  it('need not be said again by a module that sees the cache', async () => {
    @Module({ imports: [CacheModule] })
    class Feature {}
    for (const cache of [
      CacheModule.forRoot(),
      CacheModule.forRootAsync({ useFactory: async () => ({}) }),
    ]) {
      for (const imports of [
        [cache, Feature],
        [Feature, cache],
      ]) {
        const module = await Test.createTestingModule({ imports }).compile();
        await module.init();
        await module.close();
      }
    }
  });

  it('are all optional', async () => {
    const module = await Test.createTestingModule({ imports: [CacheModule.forRoot()] }).compile();
    await module.init();
    await module.close();
  });
});

describe('options of a class with accessors', () => {
  class Config {
    get maxEntriesPerCategory(): number {
      return 2;
    }
  }
  const ways: [string, () => DynamicModule][] = [
    ['forRoot', () => CacheModule.forRoot(new Config())],
    ['forRootAsync', () => CacheModule.forRootAsync({ useFactory: () => new Config() })],
  ];

  it.each(ways)('are honoured by %s', async (_way, cache) => {
    const module = await Test.createTestingModule({ imports: [cache()] }).compile();
    const { memory } = (await module.init()).get(CacheService);
    for (const key of ['a', 'b', 'c']) memory.set(key, 1);
    expect(memory.keys()).toEqual(['b', 'c']);
    await module.close();
  });
});

it.each([
  ['ignoreQuery', { ignoreQuery: ['utm_*'] }],
  ['allowClientRefresh', { allowClientRefresh: true }],
])('%s of a resolver fails the boot: nothing would obey it', async (option, options) => {
  @Resolver()
  class QuotesResolver {
    @Query(() => String)
    @Cached(options)
    async quote(): Promise<string> {
      return 'quote';
    }
  }
  const error = await bootError({ providers: [QuotesResolver] });
  expect(error.message).toMatch(
    new RegExp(`^QuotesResolver.quote @Cached.${option}: .* must be left out of a resolver`),
  );
});

describe('options of a decorator', () => {
  const cached: [string, MethodDecorator][] = [
    ['@Cached.ttl', Cached(-1)],
    ['@Cached.ttl', Cached('tomorrow')],
    ['@Cached.ttl.minuets', Cached({ hours: 1, minuets: 3 } as never)],
    ['@Cached.category', Cached(1, 5 as never)],
    ['@Cached.tiers', Cached({ tiers: ['file'] })],
    ['@Cached.tiers', Cached({ tiers: ['remote'] })],
    ['@Cached.useFileCache', Cached(60, 'quotes', true)],
    ['@Cached.jitter', Cached({ jitter: 2 })],
    ['@Cached.scope', Cached({ scope: 'mine' as never })],
    ['@Cached.key', Cached({ key: 'quote' as never })],
    ['@Cached.varyBy', Cached({ varyBy: [] })],
    ['@Cached.varyBy', Cached({ varyBy: 'user' as never })],
    ['@Cached.varyBy', Cached({ varyBy: ['cookie', 'header:'] })],
    ['@Cached.useFileCache', Cached({ tiers: ['memory', 'file'], useFileCache: false })],
    ['@Cached.tll', Cached({ tll: 1 } as CachedOptions)],
    ['@CacheEvict', CacheEvict({})],
    ['@CacheEvict', CacheEvict({ allEntries: false, category: 'quotes' })],
    ['@CacheEvict', CacheEvict({ tags: [] })],
    ['@CacheEvict', CacheEvict({ keys: [], tags: [] })],
    ['@CacheEvict.tags', CacheEvict({ tags: new Array<string>(1) })],
    ['@CacheEvict.keys', CacheEvict({ keys: 'one' } as unknown as CacheEvictOptions)],
    ['@CacheEvict.categroy', CacheEvict({ categroy: 'quotes', key: 'a' } as CacheEvictOptions)],
    ['@CacheEvict.kye', CacheEvict({ kye: 'a' } as CacheEvictOptions)],
    ['@CacheEvict.key', CacheEvict({ key: 5 } as unknown as CacheEvictOptions)],
    ['@CachePut.key', CachePut({} as CachePutOptions)],
    ['@CachePut.ttl', CachePut({ key: 'one', ttl: Number.NaN })],
    ['@CachePut.useFileCache', CachePut({ key: 'one', useFileCache: 'yes' as never })],
    ['@CachePut.jitter', CachePut({ key: 'one', jitter: 0.1 } as CachePutOptions)],
    ['@CachePut.lock', CachePut({ key: 'one', lock: 'process' } as CachePutOptions)],
    [
      '@CachePut.staleWhileRevalidate',
      CachePut({ key: 'one', staleWhileRevalidate: 5 } as CachePutOptions),
    ],
    ['@CachePut.name', CachePut({ key: 'one', name: 'put' } as CachePutOptions)],
    ['@CachePut.varyBy', CachePut({ key: 'one', varyBy: 'cookie' } as CachePutOptions)],
  ];

  it.each(cached)('%s fails the boot with class and method', async (option, decorator) => {
    const error = await bootError({ providers: [serviceWith(decorator)] });
    expect(error).toBeInstanceOf(CacheOptionsError);
    expect(error.option).toBe(`QuotesService.quote ${option}`);
  });

  it.each<[unknown, string]>([
    ['users', 'got a string of 5 characters'],
    [['a'], 'got a list of 1'],
    [5, 'got 5'],
    [null, 'got null'],
    [() => 'a', 'got a function'],
  ])('that are none fail the boot as what they are: %j', async (given, shown) => {
    const evict = CacheEvict(given as CacheEvictOptions);
    const evicting = await bootError({ providers: [serviceWith(evict)] });
    expect(evicting.message).toBe(
      `QuotesService.quote @CacheEvict: ${shown}, must be an object with one of key, keys, tags and allEntries`,
    );
    const put = CachePut(given as CachePutOptions);
    const putting = await bootError({ providers: [serviceWith(put)] });
    expect(putting.message).toBe(
      `QuotesService.quote @CachePut: ${shown}, must be an object with a key`,
    );
  });

  it('are found on request-scoped classes, inherited methods, factories and values', async () => {
    const Quotes = serviceWith(Cached(-1));
    @Injectable({ scope: Scope.REQUEST })
    class Scoped extends Quotes {}
    const providers = [
      Scoped,
      { provide: 'factory', useFactory: () => new Quotes() },
      { provide: 'value', useValue: new Quotes() },
    ];
    for (const provider of providers) {
      const error = await bootError({ providers: [provider] });
      expect(error.option).toBe('QuotesService.quote @Cached.ttl');
    }
  });

  it('are found on controllers', async () => {
    @Controller()
    class QuotesController {
      @Get()
      @Cached('soon')
      quotes(): void {}
    }
    const error = await bootError({ controllers: [QuotesController] });
    expect(error.option).toBe('QuotesController.quotes @Cached.ttl');
  });
});

describe('options that do not go together', () => {
  const withoutFile: CacheModuleOptions = { file: false };
  const bad: [string, CacheModuleOptions, MethodDecorator][] = [
    ['@Cached.useFileCache', withoutFile, Cached('5m', 'quotes', true)],
    ['@Cached.tiers', withoutFile, Cached({ tiers: ['memory', 'file'] })],
    ['@Cached.lock', {}, Cached({ lock: 'machine' })],
    ['@Cached.softTimeout', {}, Cached({ softTimeout: 2, hardTimeout: 1 })],
    ['@CachePut.useFileCache', withoutFile, CachePut({ key: 'one', useFileCache: true })],
    ['@Cached.useFileCache', {}, Cached({ useFileCache: true, tiers: ['memory'] })],
    ['@CachePut.useFileCache', {}, CachePut({ key: 'one', useFileCache: true, tiers: ['memory'] })],
    ['@CachePut.tiers', withoutFile, CachePut({ key: 'one', tiers: ['file'] })],
  ];

  it.each(bad)('%s fails the boot of async methods and routes', async (option, own, decorator) => {
    for (const enabled of [true, false]) {
      const imports = [CacheModule.forRoot({ ...own, enabled })];
      const service = await bootError({ imports, providers: [asyncServiceWith(decorator)] });
      const controller = await bootError({ imports, controllers: [controllerWith(decorator)] });
      for (const error of [service, controller]) expect(error).toBeInstanceOf(CacheOptionsError);
      expect(service.option).toBe(`QuotesService.quote ${option}`);
      expect(controller.option).toBe(`QuotesController.quote ${option}`);
    }
  });
});

describe('options of a route', () => {
  it.each([
    ['signal', AbortSignal.abort()],
    ['ignoreQuery', 'utm_*'],
    ['ignoreQuery', ['a b']],
    ['allowClientRefresh', 'yes'],
    ['staleWhileRevalidate', 'soon'],
  ])('%s: %p fails the boot', async (option, value) => {
    const decorator = Cached({ [option]: value } as CachedOptions);
    const error = await bootError({ controllers: [controllerWith(decorator)] });
    expect(error.option).toBe(`QuotesController.quote @Cached.${option}`);
  });
});

describe('a name that is no option of @Cached', () => {
  const NAMES = /only ttl, .*key, scope, varyBy, ignoreQuery, allowClientRefresh/;

  it.each<[string, object, string | undefined]>([
    ['of a route, in other case', { varyby: 'authorization' }, 'varyBy'],
    ['of a route, with a letter too many', { ignoreQuerys: ['page'] }, 'ignoreQuery'],
    ['of any other', { categroy: 'quotes' }, 'category'],
    ['of none', { lifetime: 5 }, undefined],
    ['of functions, which need one', { name: 'quote' }, undefined],
  ])('fails the boot with those that are: %s', async (_what, options, meant) => {
    const { message, option } = await bootError({ controllers: [controllerWith(Cached(options))] });
    expect(option).toBe(`QuotesController.quote @Cached.${Object.keys(options)[0]}`);
    expect(message).toMatch(NAMES);
    expect(message).not.toMatch(/\bname\b,/);
    if (meant === undefined) expect(message).not.toContain('did you mean');
    else expect(message).toMatch(new RegExp(`did you mean \`${meant}\`\\?$`));
  });
});

describe('arguments of @Cached', () => {
  const cached = Cached as unknown as (...args: unknown[]) => MethodDecorator;

  it.each([
    ['category', cached({ ttl: 5 }, 'quotes')],
    ['useFileCache', cached({ ttl: 5 }, undefined, true)],
    ['useFileCache', cached({}, undefined, false)],
  ])('beside the options object are refused: %s', (option, decorator) => {
    const decorate = () => serviceWith(decorator);
    expect(decorate).toThrow(CacheOptionsError);
    const refused = `QuotesService.quote @Cached.${option}: got `;
    expect(decorate).toThrow(refused);
    expect(decorate).toThrow('in the options object');
  });

  it('beside a TTL of parts are read', async () => {
    const error = await bootError({
      imports: [CacheModule.forRoot({ file: false })],
      providers: [asyncServiceWith(Cached({ hours: 1 }, 'quotes', true))],
    });
    expect(error.option).toBe('QuotesService.quote @Cached.useFileCache');
  });
});

describe('what a decorator cannot stand on', () => {
  it('is a generator, below memory: what it gives is no promise, whatever its compiler says', async () => {
    class Asynchronous {
      @Cached({ useFileCache: true })
      async *lines(): AsyncGenerator<number> {
        yield 1;
      }
    }
    class Synchronous {
      @Cached({ tiers: ['memory', 'file'] })
      *lines(): Generator<number> {
        yield 1;
      }
    }
    Reflect.defineMetadata('design:returntype', Promise, Asynchronous.prototype, 'lines');
    for (const [service, option] of [
      [Asynchronous, 'Asynchronous.lines @Cached.useFileCache'],
      [Synchronous, 'Synchronous.lines @Cached.tiers'],
    ] as const) {
      const error = await bootError({ providers: [service] });
      expect(error).toBeInstanceOf(CacheOptionsError);
      expect(error.option).toBe(option);
      expect(error.message).toContain('must be memory only, for a generator: other tiers are');
    }
  });

  it('is a static method, or one that has it already', () => {
    const decorateStatic = () => {
      class Statics {
        @Cached()
        static compute(): void {}
      }
      return Statics;
    };
    const decorateTwice = () => {
      class Twice {
        @Cached()
        @Cached()
        compute(): void {}
      }
      return Twice;
    };
    expect(decorateStatic).toThrow(/Statics.compute @Cached.*instance method/);
    expect(decorateTwice).toThrow(/Twice.compute @Cached.*twice/);
  });

  it.each([
    ['@Cached', Cached('1m')],
    ['@CacheEvict', CacheEvict({ key: 'one' })],
    ['@CachePut', CachePut({ key: 'one' })],
    ['@Preload', Preload()],
  ])('is a method of a class that is compiled with standard decorators: %s', (name, decorator) => {
    const standard = decorator as unknown as (method: unknown, context: object) => unknown;
    for (const key of ['price', Symbol('price')]) {
      const decorate = () => standard(() => {}, { kind: 'method', name: key, static: false });
      expect(decorate).toThrow(CacheOptionsError);
      expect(decorate).toThrow(
        `${String(key)} ${name}: got a standard decorator, must be compiled with "experimentalDecorators": true in tsconfig.json`,
      );
    }
  });
});

describe('options that nothing would obey on a method that is no route, resolver or message handler', () => {
  const refused: [string, CachedOptions][] = [
    ['varyBy', { varyBy: () => 'alice' }],
    ['ignoreQuery', { ignoreQuery: ['utm_*'] }],
    ['allowClientRefresh', { allowClientRefresh: false }],
    ['scope', { scope: 'private' }],
  ];

  it.each(refused)(
    '%s fails the boot, of a provider and of what a factory makes',
    async (option, options) => {
      const Quotes = serviceWith(Cached(options));
      for (const provider of [Quotes, { provide: 'quotes', useFactory: () => new Quotes() }]) {
        const error = await bootError({ imports: [CacheModule.forRoot()], providers: [provider] });
        expect(error).toBeInstanceOf(CacheOptionsError);
        expect(error.option).toBe(`QuotesService.quote @Cached.${option}`);
        expect(error.message).toContain(
          'of a method that is no route, resolver or message handler',
        );
      }
    },
  );

  it.each(refused)(
    '%s is well on routes, and where controllers, gateways and resolvers inherit',
    async (_, options) => {
      const Quotes = serviceWith(Cached(options));
      @Controller()
      class Inheriting extends Quotes {}
      @WebSocketGateway()
      class Gateway extends serviceWith(Cached(options)) {}
      @Resolver()
      class Resolving extends serviceWith(Cached(options)) {}
      const module = await Test.createTestingModule({
        imports: [CacheModule.forRoot()],
        controllers: [controllerWith(Cached(options)), Inheriting],
        providers: [Quotes, Gateway, Resolving, controllerWith(Cached(options))],
      }).compile();
      await module.init();
      await module.close();
    },
  );

  it("leaves scope: 'public'", async () => {
    const module = await Test.createTestingModule({
      imports: [CacheModule.forRoot()],
      providers: [serviceWith(Cached({ scope: 'public' }))],
    }).compile();
    await module.init();
    await module.close();
  });
});

describe('options in a module that is loaded lazily', () => {
  it('fail the load, with an error that names class, method and option', async () => {
    const Quotes = serviceWith(Cached('5 fortnights'));
    @Module({ providers: [Quotes] })
    class Lazy {}
    const module = await Test.createTestingModule({ imports: [CacheModule.forRoot()] }).compile();
    await module.init();
    for (let time = 0; time < 2; time++) {
      const load = module.get(LazyModuleLoader).load(() => Lazy);
      await expect(load).rejects.toThrow('QuotesService.quote @Cached.ttl: got');
    }
    @Module({ imports: [Lazy] })
    class Importing {}
    @Module({})
    class Other {}
    await expect(module.get(LazyModuleLoader).load(() => Importing)).rejects.toThrow('@Cached.ttl');
    await module.get(LazyModuleLoader).load(() => Other);
    await module.close();
  });
});
