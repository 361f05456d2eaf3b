import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Module, type ModuleMetadata, Scope, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheModule, type CacheModuleOptions, CacheService } from 'nestjs-tiered-cache';
import { until } from '../support/turns.js';

interface Store {
  find(id: number): Promise<string>;
}

let runs: string[] = [];
let folder: string;
const opened: TestingModule[] = [];
const home = process.cwd();

/** As in two files of an application that know nothing of each other. */
const Sales = (() => {
  @Injectable()
  class Report implements Store {
    @Cached({ ttl: '1h', useFileCache: true })
    async find(id: number) {
      runs.push('sales');
      return `sales ${id}`;
    }
  }
  return Report;
})();
const Salaries = (() => {
  @Injectable()
  class Report implements Store {
    @Cached({ ttl: '1h', useFileCache: true })
    async find(id: number) {
      runs.push('salaries');
      return `salaries ${id}`;
    }
  }
  return Report;
})();

@Module({ providers: [Sales] })
class SalesModule {}
@Module({ providers: [Salaries] })
class SalariesModule {}

beforeEach(() => {
  runs = [];
  folder = mkdtempSync(join(tmpdir(), 'class-names-'));
});
afterEach(async () => {
  process.chdir(home);
  await Promise.all(opened.splice(0).map((module) => module.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function boot(
  parts: Parameters<typeof Test.createTestingModule>[0],
  options: CacheModuleOptions = { file: { directory: folder } },
): Promise<TestingModule> {
  const imports = [CacheModule.forRoot(options), ...(parts.imports ?? [])];
  const module = await Test.createTestingModule({ ...parts, imports }).compile();
  opened.push(module);
  return module.init();
}

const find = (module: TestingModule, token: Type<Store> | string): Promise<string> =>
  module.get<Store>(token, { strict: false }).find(7);

describe('Two classes of one name', () => {
  it('keep their own values on disk when their modules change places', async () => {
    const first = await boot({ imports: [SalesModule, SalariesModule] });
    expect([await find(first, Sales), await find(first, Salaries)]).toEqual([
      'sales 7',
      'salaries 7',
    ]);
    await first.close();
    const second = await boot({ imports: [SalariesModule, SalesModule] });
    expect([await find(second, Salaries), await find(second, Sales)]).toEqual([
      'salaries 7',
      'sales 7',
    ]);
    expect(runs).toEqual(['sales', 'salaries']);
  });

  it('do not answer for each other when one of them has gone', async () => {
    const first = await boot({ imports: [SalesModule, SalariesModule] });
    await find(first, Sales);
    await find(first, Salaries);
    await first.close();
    const second = await boot({ imports: [SalariesModule] });
    expect(await find(second, Salaries)).toBe('salaries 7');
  });

  it('keep them whichever is called first, where Nest cannot know them at the start', async () => {
    const providers = [
      { provide: 'sales', useFactory: () => new Sales() },
      { provide: 'salaries', useFactory: () => new Salaries() },
    ];
    const first = await boot({ providers });
    await find(first, 'sales');
    await find(first, 'salaries');
    await first.close();
    const second = await boot({ providers });
    expect(await find(second, 'salaries')).toBe('salaries 7');
    expect(await find(second, 'sales')).toBe('sales 7');
    expect(runs).toEqual(['sales', 'salaries']);
  });
});

describe('Two classes that one function makes', () => {
  const make = (what: string, scope = Scope.DEFAULT): Type<Store> => {
    @Injectable({ scope })
    class Report implements Store {
      @Cached({ ttl: '1h', useFileCache: true })
      async find(id: number) {
        return `${what} ${id}`;
      }
    }
    return Report;
  };

  it('keep their own values on disk, whichever is called first', async () => {
    const [orders, returns] = [make('orders'), make('returns')];
    const first = await boot({ providers: [orders, returns] });
    await find(first, orders);
    await find(first, returns);
    await first.close();
    const second = await boot({ providers: [orders, returns] });
    expect(await find(second, returns)).toBe('returns 7');
    expect(await find(second, orders)).toBe('orders 7');
  });

  it('keep them when their modules change places, which tell them apart', async () => {
    const [orders, returns] = [make('orders'), make('returns')];
    @Module({ providers: [orders] })
    class OrdersModule {}
    @Module({ providers: [returns] })
    class ReturnsModule {}
    const first = await boot({ imports: [OrdersModule, ReturnsModule] });
    expect([await find(first, orders), await find(first, returns)]).toEqual([
      'orders 7',
      'returns 7',
    ]);
    await first.close();
    const second = await boot({ imports: [ReturnsModule, OrdersModule] });
    expect([await find(second, returns), await find(second, orders)]).toEqual([
      'returns 7',
      'orders 7',
    ]);
    expect(second.get(CacheService).getStats().fileCache.hits).toBe(2);
  });

  it('do not answer for each other when they change places, where each consumer has an instance', async () => {
    const [orders, returns] = ['orders', 'returns'].map((what) => make(what, Scope.TRANSIENT));
    const resolved = async (module: TestingModule, type: Type<Store>): Promise<string> =>
      (await module.resolve(type)).find(7);
    const first = await boot({ providers: [orders!, returns!] });
    expect(await resolved(first, orders!)).toBe('orders 7');
    expect(await resolved(first, returns!)).toBe('returns 7');
    await first.close();
    const second = await boot({ providers: [returns!, orders!] });
    expect(await resolved(second, returns!)).toBe('returns 7');
    expect(await resolved(second, orders!)).toBe('orders 7');
  });

  it('before an application has booted do not answer for each other after a restart', async () => {
    const registry = (names: string[]): ModuleMetadata => ({
      providers: [
        {
          provide: 'registry',
          inject: [ModuleRef],
          useFactory: async (ref: ModuleRef) => ({
            stores: await Promise.all(names.map((name) => ref.create(make(name)))),
          }),
        },
      ],
    });
    const all = async (module: TestingModule): Promise<string[]> => {
      const { stores } = module.get<{ stores: Store[] }>('registry');
      return [await stores[0]!.find(7), await stores[1]!.find(7)];
    };
    const first = await boot(registry(['orders', 'returns']));
    expect(await all(first)).toEqual(['orders 7', 'returns 7']);
    await first.close();
    expect(await all(await boot(registry(['returns', 'orders'])))).toEqual([
      'returns 7',
      'orders 7',
    ]);
  });

  it('while applications run do not answer for each other after a restart', async () => {
    const made = async (module: TestingModule, name: string): Promise<string> => {
      const report = await module.get(ModuleRef).create(make(name));
      return report.find(7);
    };
    const first = await boot({});
    expect(await made(first, 'orders')).toBe('orders 7');
    await first.close();
    expect(await made(await boot({}), 'returns')).toBe('returns 7');
  });
});

describe('Two applications in one process', () => {
  const TWO: [ModuleMetadata, ModuleMetadata] = [{ providers: [Sales] }, { providers: [Salaries] }];

  it('share no files unless they name the same folder', async () => {
    process.chdir(folder);
    for (let start = 0; start < 2; start++) {
      const one = await boot(TWO[0], {});
      const other = await boot(TWO[1], {});
      expect([await find(one, Sales), await find(other, Salaries)]).toEqual([
        'sales 7',
        'salaries 7',
      ]);
      await one.close();
      await other.close();
    }
    expect(runs).toEqual(['sales', 'salaries']);
    expect(existsSync(join(folder, '.cache', 'application-2', 'v1'))).toBe(true);
  });

  it('use the same folder one after the other', async () => {
    process.chdir(folder);
    for (let start = 0; start < 2; start++) {
      const module = await boot(TWO[0], {});
      await find(module, Sales);
      await module.close();
    }
    expect(runs).toEqual(['sales']);
    expect(existsSync(join(folder, '.cache', 'application-2'))).toBe(false);
  });

  it('share a folder that both name', async () => {
    const one = await boot(TWO[0]);
    await find(one, Sales);
    await until(async () => (await one.get(CacheService).file.keys()).length === 1);
    await find(await boot(TWO[0]), Sales);
    expect(runs).toEqual(['sales']);
  });
});
