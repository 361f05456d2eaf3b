import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DynamicModule,
  Injectable,
  Module,
  type ModuleMetadata,
  Scope,
  type Type,
} from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Cached,
  CacheModule,
  type CacheModuleOptions,
  CacheService,
  Preload,
} from 'nestjs-tiered-cache';

const warnings: string[] = [];
const logger = { warn: (line: string) => warnings.push(line), error: () => {} };
const opened: TestingModule[] = [];
let folder: string;

beforeEach(() => {
  warnings.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'several-caches-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((module) => module.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function boot(metadata: ModuleMetadata): Promise<TestingModule> {
  const module = await Test.createTestingModule(metadata).compile();
  opened.push(module);
  return module.init();
}

@Injectable()
class Quotes {
  @Cached()
  async quote(): Promise<string> {
    return 'quote';
  }
}

/** Two modules that import a cache each. */
function features(one: CacheModuleOptions, other: CacheModuleOptions): ModuleMetadata {
  @Module({ imports: [CacheModule.forRoot({ logger, ...one })], providers: [Quotes] })
  class Orders {}
  @Module({ imports: [CacheModule.forRoot({ logger, ...other })], providers: [Quotes] })
  class Payments {}
  @Module({ imports: [Orders] })
  class Around {}
  return { imports: [Around, Payments] };
}

describe('An application that imports CacheModule.forRoot() more than once', () => {
  it('is told once that it has as many caches, and which modules import them', async () => {
    await boot(features({}, {}));
    expect(warnings).toEqual([
      'CacheModule is there 2 times, each with a cache of its own, whose entries the others neither see nor evict: ' +
        'imported by Orders; by Payments. Import it once, where the application boots; with `isGlobal: false` ' +
        'several are taken to be meant',
    ]);
  });

  it('is told of those that forRootAsync makes', async () => {
    const async = () => CacheModule.forRootAsync({ useFactory: () => ({ logger }) });
    @Module({ imports: [async()] })
    class Feature {}
    await boot({ imports: [async(), Feature, CacheModule.forRoot({ logger })] });
    expect(warnings).toEqual([expect.stringContaining('3 times, each with a cache of its own')]);
    expect(warnings[0]).toContain('imported by RootTestModule; by Feature; by RootTestModule.');
  });

  it('is told nothing where one of them at most is global, or all are one', async () => {
    await boot(features({ isGlobal: false }, { isGlobal: false }));
    await boot(features({ isGlobal: false }, {}));
    const same = CacheModule.forRoot({ logger });
    @Module({ imports: [same] })
    class Feature {}
    const module = await boot({ imports: [same, Feature] });
    expect(module.get(CacheService).closed).toBe(false);
    expect(warnings).toEqual([]);
  });
});

describe('Caches of modules of their own', () => {
  class Client {
    runs = 0;

    @Cached({ key: (id: string) => id })
    async get(id: string): Promise<string> {
      this.runs++;
      return id;
    }
  }
  @Injectable()
  class Admin {
    constructor(readonly cache: CacheService) {}
  }
  const own = (options: CacheModuleOptions = {}) =>
    CacheModule.forRoot({ logger, isGlobal: false, ...options });
  const CLIENT = { provide: 'client', useFactory: () => new Client() };
  const EACH = { provide: 'each', scope: Scope.TRANSIENT, useFactory: () => new Client() };
  const VALUE = { provide: 'value', useFactory: () => new Client() };

  const inModule = <T>(app: TestingModule, module: Type, token: Type<T> | string): T =>
    app.select(module).get<T>(token, { strict: true });

  it('have what factories of their own make, and reach it', async () => {
    @Module({ imports: [own()], providers: [Admin] })
    class First {}
    @Module({ imports: [own()], providers: [CLIENT, EACH, Admin] })
    class Second {}
    const app = await boot({ imports: [First, Second] });
    const client = inModule<Client>(app, Second, 'client');
    const each = await app.select(Second).resolve<Client>('each', undefined, { strict: true });
    const { cache } = inModule(app, Second, Admin);
    for (const made of [client, each]) {
      await made.get('a');
      expect([...inModule(app, First, Admin).cache.memory.keys()]).toEqual([]);
      expect(await cache.delete('a')).toBe(true);
      await made.get('a');
      expect(made.runs).toBe(2);
      await cache.delete('a');
    }
  });

  it('come before a global one, and where there is none of their own, that is meant', async () => {
    @Module({ imports: [own()], providers: [CLIENT, Admin], exports: [CacheModule] })
    class Feature {}
    @Module({ imports: [Feature], providers: [{ ...CLIENT }, { ...VALUE }] })
    class Behind {}
    @Module({ providers: [{ ...CLIENT }, Admin] })
    class Other {}
    const global = CacheModule.forRoot({ logger });
    const app = await boot({ imports: [global, Feature, Behind, Other] });
    const [cache, featured] = [Other, Feature].map(
      (module) => inModule<Admin>(app, module, Admin).cache,
    );
    await inModule<Client>(app, Feature, 'client').get('feature');
    await inModule<Client>(app, Behind, 'value').get('behind');
    await inModule<Client>(app, Other, 'client').get('other');
    expect([...featured!.memory.keys()]).toEqual(['feature', 'behind']);
    expect([...cache!.memory.keys()]).toEqual(['other']);
    @Module({ providers: [{ ...CLIENT }] })
    class Late {}
    const late = await app.get(LazyModuleLoader).load(() => Late);
    await late.get<Client>('client').get('late');
    expect([...cache!.memory.keys()]).toEqual(['other', 'late']);
  });

  it('have tiers of their own, by which alone their methods are checked', async () => {
    @Injectable()
    class Reports {
      @Cached({ useFileCache: true })
      async report(): Promise<string> {
        return 'report';
      }
    }
    @Module({ imports: [own({ file: { directory: folder } })], providers: [Reports] })
    class Filed {}
    @Module({ imports: [own({ file: false })], providers: [Quotes] })
    class Unfiled {}
    const app = await boot({ imports: [Unfiled, Filed] });
    expect(await inModule(app, Filed, Reports).report()).toBe('report');
    @Module({ imports: [own({ file: false })], providers: [Reports] })
    class Wrong {}
    await expect(boot({ imports: [Filed, Wrong] })).rejects.toThrow('Reports.report @Cached');
    // Nest 11 throws the error of the boot again.
    await opened
      .pop()!
      .close()
      .catch(() => undefined);
  });

  it('are not for modules that see none of them, of which a warning tells', async () => {
    @Module({ imports: [own()], providers: [Quotes, Admin] })
    class First {}
    @Module({ imports: [own()], providers: [Admin] })
    class Second {}
    @Module({ providers: [CLIENT, { provide: Quotes, useFactory: () => new Quotes() }] })
    class Without {}
    const app = await boot({ imports: [First, Second, Without] });
    expect(warnings).toEqual([
      "What is in a module that sees none of the application's several caches runs uncached, and evicts nothing: " +
        'Client in Without, Quotes in Without. Import there the module that exports its cache',
    ]);
    const client = inModule<Client>(app, Without, 'client');
    for (let time = 0; time < 2; time++) await client.get('a');
    expect(client.runs).toBe(2);
  });

  it('preload the methods of their own modules', async () => {
    @Injectable()
    class Rates {
      runs = 0;

      @Preload({ wait: true })
      @Cached({ ttl: 0 })
      async all(): Promise<number> {
        return ++this.runs;
      }
    }
    @Module({ imports: [own()], providers: [Rates] })
    class First {}
    @Module({ imports: [own()], providers: [Quotes] })
    class Second {}
    const app = await boot({ imports: [First, Second] });
    expect(inModule(app, First, Rates).runs).toBe(1);
  });
});

describe('Instances of one class in modules with caches of their own', () => {
  let runs: string[] = [];
  class Client {
    constructor(readonly base: string) {}

    @Cached({ ttl: '1h', tiers: ['file'] })
    async get(path: string): Promise<string> {
      runs.push(this.base);
      return this.base + path;
    }
  }
  beforeEach(() => {
    runs = [];
  });
  const cacheIn = (directory: string) =>
    CacheModule.forRoot({ logger, isGlobal: false, file: { directory } });
  const pay = (base: string) => [{ provide: 'PAY', useFactory: () => new Client(base) }];
  const payIn = (app: TestingModule, module: Type | DynamicModule): Client =>
    app.select(module).get<Client>('PAY', { strict: true });

  /** Modules of these names, that have an instance of their own name each. */
  function named(...names: string[]): Type[] {
    return names.map((name) => {
      const module = { [name]: class {} }[name]!;
      Module({ imports: [cacheIn(folder)], providers: pay(name) })(module);
      return module;
    });
  }

  /** A dynamic module that is imported twice. */
  function twoDatabases(folderOf: (base: string) => string): DynamicModule[] {
    class Database {}
    return ['a', 'b'].map((base) => ({
      module: Database,
      imports: [cacheIn(folderOf(base))],
      providers: pay(base),
    }));
  }

  async function askTwice([a, b]: DynamicModule[]): Promise<void> {
    for (const imports of [
      [a!, b!],
      [b!, a!],
    ]) {
      const app = await boot({ imports });
      expect(await payIn(app, a!).get('/me')).toBe('a/me');
      expect(await payIn(app, b!).get('/me')).toBe('b/me');
      await app.close();
    }
  }

  it('do not answer for each other where the caches have one folder, in whatever order they stand', async () => {
    for (const names of [
      ['One', 'Two'],
      ['Two', 'One'],
    ]) {
      const modules = named(...names);
      const app = await boot({ imports: modules });
      for (const [at, module] of modules.entries()) {
        expect(await payIn(app, module).get('/me')).toBe(`${names[at]}/me`);
      }
      await app.close();
    }
    expect(runs).toEqual(['One', 'Two']);
    expect(warnings).toEqual([]);
  });

  it('do not answer for each other in modules of one name that are loaded lazily', async () => {
    const sharing = [1, 2].map(() => {
      class Sharing {}
      Module({ imports: [cacheIn(folder)], exports: [CacheModule] })(Sharing);
      return Sharing;
    });
    const app = await boot({ imports: sharing });
    for (const [at, cached] of sharing.entries()) {
      class Late {}
      Module({ imports: [cached], providers: pay(`${at}`) })(Late);
      const late = await app.get(LazyModuleLoader).load(() => Late);
      expect(await late.get<Client>('PAY').get('/me')).toBe(`${at}/me`);
    }
  });

  it('have nothing of an earlier start if neither module nor token, nor folder, tells them apart', async () => {
    await askTwice(twoDatabases(() => folder));
    expect(runs).toEqual(['a', 'b', 'a', 'b']);
    expect(warnings[0]).toMatch(/^Client has an instance .* \(PAY in Database\): what it keeps/);
  });

  it('are told apart by the folders of their caches too', async () => {
    await askTwice(twoDatabases((base) => join(folder, base)));
    expect(runs).toEqual(['a', 'b']);
    expect(warnings).toEqual([]);
  });
});
