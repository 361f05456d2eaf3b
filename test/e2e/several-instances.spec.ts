import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CanActivate,
  Controller,
  type DynamicModule,
  Get,
  Inject,
  Injectable,
  Module,
  type ModuleMetadata,
  type OnModuleInit,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { LazyModuleLoader, ModuleRef, ModulesContainer } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  addressOf,
  Cached,
  CacheModule,
  type CacheModuleOptions,
  CacheService,
} from 'nestjs-tiered-cache';

let runs: string[] = [];
let folder: string;
const warnings: string[] = [];
const opened: TestingModule[] = [];

beforeEach(() => {
  runs = [];
  warnings.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'several-instances-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((module) => module.close()));
  rmSync(folder, { recursive: true, force: true });
});

class Client {
  constructor(readonly base: string) {}

  @Cached()
  async get(path: string): Promise<string> {
    runs.push(this.base);
    return this.base + path;
  }

  @Cached({ ttl: '1h', useFileCache: true })
  async load(path: string): Promise<string> {
    runs.push(this.base);
    return this.base + path;
  }

  @Cached({ ttl: '1h', useFileCache: true, key: (path: string) => path })
  async shared(path: string): Promise<string> {
    runs.push(this.base);
    return this.base + path;
  }
}

const PAY = { provide: 'PAY', useFactory: () => new Client('pay') };
const MAIL = { provide: 'MAIL', useValue: new Client('mail') };

@Module({ providers: [PAY, MAIL] })
class Clients {}
@Module({ providers: [MAIL, PAY] })
class ClientsTurned {}
Object.defineProperty(ClientsTurned, 'name', { value: 'Clients' });

async function boot(
  parts: ModuleMetadata,
  options: CacheModuleOptions = { file: { directory: folder } },
): Promise<TestingModule> {
  const logger = { warn: (line: string) => warnings.push(line), error: () => {} };
  const imports = [CacheModule.forRoot({ logger, ...options }), ...(parts.imports ?? [])];
  const module = await Test.createTestingModule({ ...parts, imports }).compile();
  opened.push(module);
  return module.init();
}

const find = <T = Client>(module: TestingModule, token: Type<T> | string): T =>
  module.get<T>(token, { strict: false });

describe('Several instances of one class', () => {
  it('do not answer for each other under several tokens', async () => {
    const module = await boot({ imports: [Clients] });
    for (let time = 0; time < 2; time++) {
      expect(await find(module, 'PAY').get('/me')).toBe('pay/me');
      expect(await find(module, 'MAIL').get('/me')).toBe('mail/me');
    }
    expect(runs).toEqual(['pay', 'mail']);
    expect([...module.get(CacheService).memory.keys()]).toEqual([
      'Client~Clients PAY.get(s3:/me)',
      'Client~Clients MAIL.get(s3:/me)',
    ]);
  });

  it('do not answer for each other in several modules, nor as a guard and as a provider', async () => {
    @Injectable()
    class Policy implements CanActivate {
      readonly made = runs.push('made');
      canActivate(): boolean {
        return true;
      }
      @Cached()
      allows(_who: string): number {
        return this.made;
      }
    }
    @Controller()
    @UseGuards(Policy)
    class Routes {
      @Get()
      route(): void {}
    }
    @Module({ controllers: [Routes], providers: [Policy] })
    class Guarded {}
    @Module({ providers: [Policy] })
    class Other {}
    const module = await boot({ imports: [Guarded, Other] });
    const policies = instancesOf(module, Policy);
    expect(policies.map((policy) => policy.allows('all'))).toEqual(
      policies.map(({ made }) => made),
    );
    expect(new Set(policies.map(({ made }) => made)).size).toBe(3);
    expect([...module.get(CacheService).memory.keys()].sort()).toEqual([
      'Policy~Guarded Policy injectable.allows(s3:all)',
      'Policy~Guarded Policy.allows(s3:all)',
      'Policy~Other Policy.allows(s3:all)',
    ]);
  });

  it('keep their own values on disk, in whatever order they stand', async () => {
    const first = await boot({ imports: [Clients] });
    expect(await find(first, 'PAY').load('/me')).toBe('pay/me');
    expect(await find(first, 'MAIL').load('/me')).toBe('mail/me');
    await first.close();
    const second = await boot({ imports: [ClientsTurned] });
    expect(await find(second, 'MAIL').load('/me')).toBe('mail/me');
    expect(await find(second, 'PAY').load('/me')).toBe('pay/me');
    expect(runs).toEqual(['pay', 'mail']);
    await second.close();
    const alone = await boot({ providers: [MAIL] });
    expect(await find(alone, 'MAIL').load('/me')).toBe('mail/me');
    expect(warnings).toEqual([]);
  });

  it('share what a key of their own says', async () => {
    const module = await boot({ imports: [Clients] });
    expect(await find(module, 'PAY').shared('/me')).toBe('pay/me');
    expect(await find(module, 'MAIL').shared('/me')).toBe('pay/me');
  });

  it('are one if they are one: by useExisting, by the exports of a module, under two tokens', async () => {
    const value = new Client('one');
    @Module({
      providers: [
        { provide: 'ONE', useValue: value },
        { provide: 'OTHER', useExisting: 'ONE' },
      ],
      exports: ['OTHER'],
    })
    class Exporting {}
    @Module({ imports: [Exporting], providers: [{ provide: 'THIRD', useValue: value }] })
    class Importing {}
    const module = await boot({ imports: [Importing] });
    await find(module, 'OTHER').get('/me');
    expect([...module.get(CacheService).memory.keys()]).toEqual(['Client.get(s3:/me)']);
  });

  it('have addresses of their own', async () => {
    const module = await boot({ imports: [Clients] });
    await find(module, 'PAY').get('/me');
    const cache = module.get(CacheService);
    const found = ['PAY', 'MAIL'].map((token) => {
      const { key, ...address } = addressOf(find(module, token), 'get', ['/me']);
      return cache.memory.has(key, address);
    });
    expect(found).toEqual([true, false]);
  });

  it('are told apart if they are frozen, and by the next application too', async () => {
    const frozen = [Object.freeze(new Client('a')), Object.freeze(new Client('b'))];
    const providers = frozen.map((useValue, index) => ({ provide: `${index}`, useValue }));
    for (let start = 0; start < 2; start++) {
      const module = await boot({ providers });
      expect(await find(module, '0').get('/me')).toBe('a/me');
      expect(await find(module, '1').get('/me')).toBe('b/me');
      await module.close();
    }
  });

  it('have their own answers before the application has booted', async () => {
    @Injectable()
    class Early implements OnModuleInit {
      early = '';
      constructor(@Inject('NAME') readonly name: string) {}
      async onModuleInit() {
        this.early = await this.who();
      }
      @Cached()
      async who(): Promise<string> {
        return this.name;
      }
    }
    const named = (name: string): DynamicModule => {
      @Module({})
      class Named {}
      return { module: Named, providers: [Early, { provide: 'NAME', useValue: name }] };
    };
    const module = await boot({ imports: [named('one'), named('other')] });
    const instances = instancesOf(module, Early);
    expect(instances.map(({ early }) => early)).toEqual(['one', 'other']);
    expect(await Promise.all(instances.map((each) => each.who()))).toEqual(['one', 'other']);
  });
});

describe('Several instances that neither module nor token tells apart', () => {
  @Injectable()
  class Repository extends Client {
    constructor(@Inject('DATABASE') database: string) {
      super(database);
    }
  }
  const register = (database: string, token: string): DynamicModule => ({
    module: Database,
    providers: [
      { provide: 'DATABASE', useValue: database },
      Repository,
      { provide: token, useExisting: Repository },
    ],
    exports: [token],
  });
  @Module({})
  class Database {}

  it('have their own answers, and nothing of an earlier start', async () => {
    const [a, b] = [register('a', 'A'), register('b', 'B')];
    for (const imports of [
      [a, b],
      [b, a],
    ]) {
      const module = await boot({ imports });
      for (let time = 0; time < 2; time++) {
        expect(await find(module, 'A').load('/me')).toBe('a/me');
        expect(await find(module, 'B').load('/me')).toBe('b/me');
      }
      await module.close();
    }
    expect(runs).toEqual(['a', 'b', 'a', 'b']);
  });

  it('say once what does not outlast the application, and only if something should', async () => {
    await boot({ imports: [register('a', 'A'), register('b', 'B')] });
    expect(warnings).toEqual([
      'Repository has 2 instances that neither their module nor their token tells apart (Repository in Database, ' +
        'Repository in Database): what they keep below memory is of no use to the next start; ' +
        'give its methods a `key` that tells them apart, or the instances tokens of their own',
    ]);
    warnings.length = 0;
    class Passing {
      @Cached()
      pass(): void {}
    }
    const passing = (): DynamicModule => ({
      module: Database,
      providers: [{ provide: 'PASSING', useFactory: () => new Passing() }],
    });
    await boot({ imports: [passing(), passing()] });
    expect(warnings).toEqual([]);
  });
});

describe('Instances that come after boot, of a class that has others', () => {
  @Injectable()
  class Remote extends Client {
    constructor(@Inject('URL') readonly url: string) {
      super(url);
    }
  }
  const at = (url: string) => [Remote, { provide: 'URL', useValue: url }];
  @Module({ providers: at('eager'), exports: [Remote] })
  class Eager {}
  @Module({ providers: at('one') })
  class LazyOne {}
  @Module({ providers: at('other') })
  class LazyOther {}

  const load = async (module: TestingModule, type: Parameters<LazyModuleLoader['load']>[0]) =>
    (await module.get(LazyModuleLoader).load(type)).get(Remote);

  it('have their own answers in lazily loaded modules, and their own places on disk', async () => {
    for (const order of [
      [LazyOne, LazyOther],
      [LazyOther, LazyOne],
    ]) {
      const module = await boot({ imports: [Eager] });
      const clients = [module.get(Remote, { strict: false })];
      for (const type of order) clients.push(await load(module, () => type));
      for (const client of [...clients, ...clients]) {
        expect(await client.get('/me')).toBe(`${client.url}/me`);
        expect(await client.load('/me')).toBe(`${client.url}/me`);
      }
      expect([...module.get(CacheService).memory.keys()].sort()).toEqual([
        'Remote:Client.get(s3:/me)',
        'Remote:Client.load(s3:/me)',
        'Remote~LazyOne Remote:Client.get(s3:/me)',
        'Remote~LazyOne Remote:Client.load(s3:/me)',
        'Remote~LazyOther Remote:Client.get(s3:/me)',
        'Remote~LazyOther Remote:Client.load(s3:/me)',
      ]);
      await module.close();
    }
    // In memory for each start, on disk once.
    expect(runs.filter((run) => run === 'eager')).toHaveLength(3);
    expect(runs).toHaveLength(9);
    expect(warnings).toEqual([]);
  });

  it('have their own answers where no singleton of theirs is known from boot', async () => {
    const module = await boot({});
    const clients = [await load(module, () => LazyOne), await load(module, () => LazyOther)];
    for (const client of [...clients, ...clients]) {
      expect(await client.get('/me')).toBe(`${client.url}/me`);
    }
    expect(runs).toEqual(['one', 'other']);
  });

  it('have none of an earlier start where a dynamic module makes them', async () => {
    @Module({})
    class Dynamic {}
    const dynamic = (url: string): DynamicModule => ({ module: Dynamic, providers: at(url) });
    for (const order of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      const module = await boot({});
      const clients: Remote[] = [];
      for (const url of order) clients.push(await load(module, () => dynamic(url)));
      for (const client of [...clients, ...clients]) {
        expect(await client.load('/me')).toBe(`${client.url}/me`);
      }
      await module.close();
    }
    expect(runs).toEqual(['a', 'b', 'b', 'a']);
    expect(warnings).toHaveLength(4);
    expect(warnings[0]).toMatch(
      /^Remote has an instance that .* \(Remote in Dynamic\): what it keeps below memory is of no use/,
    );
  });

  it('run uncached if ModuleRef.create makes them, and say so once', async () => {
    @Module({
      providers: [
        { provide: 'URL', useValue: 'own' },
        { provide: 'ref', inject: [ModuleRef], useFactory: (ref: ModuleRef) => ref },
      ],
    })
    class Making {}
    const module = await boot({ imports: [Eager, Making] });
    const eager = find<Remote>(module, Remote);
    const made = await module.get<ModuleRef>('ref', { strict: false }).create(Remote);
    for (const client of [eager, made, made, eager]) {
      expect(await client.get('/me')).toBe(`${client.url}/me`);
    }
    expect(await made.shared('/shared')).toBe(await eager.shared('/shared'));
    expect(runs).toEqual(['eager', 'own', 'own', 'own']);
    expect(warnings).toEqual([
      'Remote:Client.get runs uncached in an instance that came after boot: the application has another, which may answer ' +
        'differently; say `key`',
    ]);
  });
});

/** All that Nest has made of a class. */
function instancesOf<T>(module: TestingModule, type: Type<T>): T[] {
  return [...module.get(ModulesContainer).values()]
    .flatMap(({ providers, injectables }) => [providers.get(type), injectables.get(type)])
    .flatMap((wrapper) => (wrapper === undefined ? [] : [wrapper.instance as T]));
}
