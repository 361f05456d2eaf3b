import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Module, type ModuleMetadata, Scope, type Type } from '@nestjs/common';
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

beforeEach(() => {
  warnings.length = 0;
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((module) => module.close()));
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
    const directory = mkdtempSync(join(tmpdir(), 'several-caches-'));
    @Injectable()
    class Reports {
      @Cached({ useFileCache: true })
      async report(): Promise<string> {
        return 'report';
      }
    }
    @Module({ imports: [own({ file: { directory } })], providers: [Reports] })
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
    await Promise.all(opened.splice(0).map((module) => module.close()));
    rmSync(directory, { recursive: true });
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
