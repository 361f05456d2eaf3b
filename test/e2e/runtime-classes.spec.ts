import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Inject, Injectable, Scope, type Type } from '@nestjs/common';
import { ContextIdFactory, ModuleRef, REQUEST } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cached, CacheModule, CacheService } from 'nestjs-tiered-cache';

interface Store {
  find(id: number): Promise<string>;
}

const MADE = 20;
const REPOSITORY = Symbol('repository');
const warnings: string[] = [];
const logger = { warn: (line: string) => warnings.push(line), error: () => {} };
let module: TestingModule;
let make: () => Type<Store>;

class Base implements Store {
  @Cached('1h')
  async find(id: number) {
    return `base ${id}`;
  }
}
@Injectable()
class Known extends Base {}

function withMethodOfItsOwn(tenant = 'tenant'): Type<Store> {
  @Injectable()
  class Repository implements Store {
    @Cached('1h')
    async find(id: number) {
      return `${tenant} ${id}`;
    }
  }
  return Repository;
}

function withMethodOfItsParent(): Type<Store> {
  @Injectable()
  class Repository extends Base {}
  return Repository;
}

const byModuleRef = (): Promise<Store> => module.get(ModuleRef).create(make());
const byFactory = (): Promise<Store> =>
  module.resolve<Store>(REPOSITORY, ContextIdFactory.create(), { strict: false });

const collect = (() => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  /** A collection takes a second among all that a test run holds, so there are no more than it takes. */
  return async (isDone: () => boolean = () => true): Promise<void> => {
    for (let round = 0; round < 4; round++) {
      await nextTurn();
      gc();
      if (isDone()) return;
    }
  };
})();

beforeEach(async () => {
  warnings.length = 0;
  make = withMethodOfItsOwn;
  module = await Test.createTestingModule({
    imports: [CacheModule.forRoot({ logger })],
    providers: [
      Known,
      { provide: REPOSITORY, scope: Scope.REQUEST, useFactory: () => new (make())() },
    ],
  }).compile();
  await module.init();
});
afterEach(() => module.close());

/** Makes and calls instances, each of a class of its own. */
async function useAndLetGo(instance: () => Promise<Store>): Promise<WeakRef<object>[]> {
  const classes: WeakRef<object>[] = [];
  for (let count = 0; count < MADE; count++) {
    const store = await instance();
    await store.find(count);
    await store.find(count);
    classes.push(new WeakRef(store.constructor));
  }
  return classes;
}

describe.each([
  ['ModuleRef.create', byModuleRef],
  ['a factory of each request', byFactory],
])('A class that is made while the application runs, of %s', (_name, instance) => {
  it.each([
    ['its own', withMethodOfItsOwn],
    ['its parent', withMethodOfItsParent],
  ])('goes when nobody has it any more, with a cached method of %s', async (_whose, maker) => {
    make = maker;
    const classes = await useAndLetGo(instance);
    const left = (): number => classes.filter((made) => made.deref() !== undefined).length;
    // The last instance that was called is known until another is.
    await collect(() => left() <= 1);
    expect(left()).toBeLessThanOrEqual(1);
  });

  it('is cached while it is there', async () => {
    const store = await instance();
    const bind = jest.spyOn(module.get(CacheService), 'cached');
    expect([await store.find(1), await store.find(1)]).toEqual(['tenant 1', 'tenant 1']);
    expect(bind).toHaveBeenCalledTimes(1);
    expect(module.get(CacheService).getStats().memoryCache.hits).toBe(1);
  });

  it('is not answered for by one that has gone', async () => {
    make = () => withMethodOfItsOwn('before');
    await useAndLetGo(instance);
    await collect();
    make = () => withMethodOfItsOwn('after');
    expect(await (await instance()).find(1)).toBe('after 1');
  });

  it('has no other class bound anew', async () => {
    await module.get(Known).find(1);
    const bind = jest.spyOn(module.get(CacheService), 'cached');
    await instance();
    await module.get(Known).find(1);
    expect(bind).not.toHaveBeenCalled();
  });
});

it('Classes of one source that come and go are warned of once', async () => {
  make = () => {
    class Asking implements Store {
      @Inject(REQUEST) readonly request: unknown;

      @Cached('1h')
      async find(id: number) {
        return `asked ${id}`;
      }
    }
    return Asking;
  };
  for (let request = 0; request < 3; request++) {
    const store = await module.get(ModuleRef).create(make(), ContextIdFactory.create());
    await store.find(1);
  }
  expect(warnings).toEqual([expect.stringMatching(/^Asking~\w+\.find runs uncached: /)]);
});
