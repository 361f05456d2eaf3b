import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  type INestApplicationContext,
  Module,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CacheModule, type CacheModuleOptions, CacheService } from 'nestjs-tiered-cache';
import { deferred } from '../support/deferred.js';
import { RecordingLogger } from '../scenario/support/recording-logger.js';

const home = process.cwd();
const KEPT = { tiers: ['file'] } as const;

let folder: string;
const logger = new RecordingLogger();
let opened: INestApplicationContext[] = [];
/** What the next application does at its boot, and before it ends. */
let atBoot: () => unknown;
let atEnd: () => unknown;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'default-directory-')));
  process.chdir(folder);
  logger.warnings.length = 0;
  atBoot = () => {};
  atEnd = () => {};
});
afterEach(async () => {
  await Promise.all(opened.map((app) => app.close()));
  opened = [];
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

/** @param service which the boot may use */
function hooked(service: CacheService): OnModuleInit & BeforeApplicationShutdown {
  const [init, end] = [atBoot, atEnd] as [(cache: CacheService) => unknown, () => unknown];
  return {
    onModuleInit: () => init(service) as void,
    beforeApplicationShutdown: () => end() as void,
  };
}

function rootNamed(name: string, ...more: CacheModuleOptions[]): Type {
  const caches = [{}, ...more].map((options) =>
    CacheModule.forRoot({ logger, cleanup: false, ...options }),
  );
  const named = { [name]: class {} }[name]!;
  Module({
    imports: caches,
    providers: [{ provide: 'hooks', useFactory: hooked, inject: [CacheService] }],
  })(named);
  return named;
}

async function boot(root: Type): Promise<INestApplicationContext> {
  const app = await NestFactory.createApplicationContext(root, {
    logger: false,
    abortOnError: false,
  });
  opened.push(app);
  return app;
}

/** A module that imports a cache, whose options are made at once, or after all that can be. */
function featureNamed(name: string, isLate: boolean, isGlobal = false): Type {
  const named = { [name]: class {} }[name]!;
  const useFactory = async (): Promise<CacheModuleOptions> => {
    if (isLate) await setImmediate();
    return { logger, cleanup: false };
  };
  Module({
    imports: [CacheModule.forRootAsync({ isGlobal, useFactory })],
    providers: [{ provide: 'own', useExisting: CacheService }],
  })(named);
  return named;
}

function rootOf(...imports: Type[]): Type {
  class AppModule {}
  Module({ imports })(AppModule);
  return AppModule;
}

const cacheOf = (app: INestApplicationContext): CacheService => app.get(CacheService);
const valueIn = async (app: INestApplicationContext): Promise<unknown> =>
  (await cacheOf(app).get('key', KEPT)).value;
const second = (): boolean => existsSync(join(folder, '.cache', 'application-2'));

describe('The default folder', () => {
  const AppModule = rootNamed('AppModule');

  it('is not held by a boot that failed', async () => {
    const before = await boot(AppModule);
    await cacheOf(before).set('key', 'old', KEPT);
    await before.close();
    atBoot = () => {
      throw new Error('database is down');
    };
    await expect(boot(AppModule)).rejects.toThrow('down');
    atBoot = () => {};
    const again = await boot(AppModule);
    expect(await valueIn(again)).toBe('old');
    await cacheOf(again).delete('key');
    await again.close();
    expect(await valueIn(await boot(AppModule))).toBeUndefined();
    expect(second()).toBe(false);
  });

  it('is not held by an application that is about to end', async () => {
    const drained = deferred<void>();
    atEnd = () => drained.promise;
    const before = await boot(AppModule);
    await cacheOf(before).set('key', 'old', KEPT);
    const closing = before.close();
    atEnd = () => {};
    const after = await boot(AppModule);
    expect(await valueIn(after)).toBe('old');
    await cacheOf(after).delete('key');
    drained.resolve();
    await closing;
    await after.close();
    expect(await valueIn(await boot(AppModule))).toBeUndefined();
    expect(second()).toBe(false);
  });

  it('is shared by no two that run side by side, booted one after the other', async () => {
    const [one, other] = [await boot(AppModule), await boot(AppModule)];
    await cacheOf(other).set('key', 'of the other', KEPT);
    await cacheOf(one).set('key', 'of the one', KEPT);
    expect([await valueIn(one), await valueIn(other)]).toEqual(['of the one', 'of the other']);
  });

  it('is shared by no two that boot at a time, even of one module', async () => {
    const apps = await Promise.all([boot(AppModule), boot(AppModule)]);
    await Promise.all(apps.map((app, at) => cacheOf(app).set('key', at, KEPT)));
    expect(await Promise.all(apps.map(valueIn))).toEqual([0, 1]);
  });

  it('goes to the first of two modules that boot at a time, whichever comes up first', async () => {
    for (const start of [1, 2]) {
      const [begun, slow] = [deferred<void>(), deferred<void>()];
      atBoot = () => {
        begun.resolve();
        return slow.promise;
      };
      const first = boot(rootNamed('FirstModule'));
      await begun.promise;
      atBoot = () => {};
      const later = await boot(rootNamed('SecondModule'));
      if (start === 1) await cacheOf(later).set('key', 'of the second', KEPT);
      slow.resolve();
      const app = await first;
      if (start === 1) await cacheOf(app).set('key', 'of the first', KEPT);
      expect([await valueIn(app), await valueIn(later)]).toEqual(['of the first', 'of the second']);
      await Promise.all([app.close(), later.close()]);
    }
  });

  it('goes to the first cache of an application, whichever is used first', async () => {
    const Two = rootNamed('TwoModule', { isGlobal: false });
    for (const start of [1, 2]) {
      const app = await boot(Two);
      const caches = app.get(CacheService, { each: true, strict: false });
      expect(caches).toHaveLength(2);
      if (start === 1) {
        for (const [at, cache] of [...caches.entries()].reverse()) await cache.set('key', at, KEPT);
      }
      const values = await Promise.all(caches.map((cache) => cache.get('key', KEPT)));
      expect(values.map(({ value }) => value)).toEqual([0, 1]);
      await app.close();
    }
  });

  it('is said once to be taken, by the one whose files are elsewhere, when it has some', async () => {
    await boot(AppModule);
    const other = cacheOf(await boot(AppModule));
    await other.set('in memory', 1);
    expect(logger.warnings).toEqual([]);
    await other.set('key', 1, KEPT);
    await other.set('key', 2, KEPT);
    expect(logger.warnings).toEqual([
      expect.stringMatching(/\.cache, .* \S*application-2: name a folder .*`file\.directory`/),
    ]);
  });

  it('is had by what uses it in the boot', async () => {
    const app = rootNamed('EagerModule');
    atBoot = ((cache: CacheService) => cache.set('key', 'early', KEPT)) as () => unknown;
    expect(await valueIn(await boot(app))).toBe('early');
    expect(second()).toBe(false);
  });
});

describe('The default folders of the caches of one application', () => {
  const cacheIn = (app: INestApplicationContext, module: Type): CacheService =>
    app.select(module).get('own', { strict: true });
  const folders = (): string[] => readdirSync(join(folder, '.cache')).sort();

  it.each(['the options that are made first', 'the order of the imports', 'what is used first'])(
    'do not go by %s',
    async (turned) => {
      for (const start of [1, 2]) {
        const isTurned = start === 2;
        const [one, two] = [
          featureNamed('One', isTurned && turned.includes('made')),
          featureNamed('Two', !isTurned && turned.includes('made')),
        ];
        const order = isTurned && turned.includes('imports') ? [two, one] : [one, two];
        const app = await boot(rootOf(...order));
        const used = isTurned && turned.includes('used') ? [two, one] : [one, two];
        for (const module of used) {
          const cache = cacheIn(app, module);
          if (start === 1) await cache.set('key', module.name, KEPT);
          expect((await cache.get('key', KEPT)).value).toBe(module.name);
        }
        await app.close();
      }
      expect(folders()).toEqual(['module-One', 'module-Two']);
      expect(logger.warnings).toEqual([]);
    },
  );

  it('outlast a boot that fails when one of them has been made', async () => {
    const one = featureNamed('One', false);
    const app = await boot(rootOf(one, featureNamed('Two', false)));
    await cacheIn(app, one).set('key', 1, KEPT);
    await app.close();
    @Module({
      imports: [CacheModule.forRootAsync({ isGlobal: false, useFactory: () => fail() })],
    })
    class Two {}
    const fail = (): never => {
      throw new Error('no options');
    };
    await expect(boot(rootOf(one, Two))).rejects.toThrow('no options');
    const again = await boot(rootOf(featureNamed('Two', false), one));
    expect((await cacheIn(again, one).get('key', KEPT)).value).toBe(1);
  });

  it('go by all that import one, under names that file systems take', async () => {
    const cache = CacheModule.forRoot({ isGlobal: false, logger, cleanup: false });
    const providers = [{ provide: 'own', useExisting: CacheService }];
    const importers = ['../Orders', 'Payments', ...Array.from({ length: 40 }, (_, at) => `N${at}`)];
    const modules = importers.map((name) => {
      const module = { [name]: class {} }[name]!;
      Module({ imports: [cache], providers })(module);
      return module;
    });
    const alone = featureNamed('../Alone', false);
    const app = await boot(rootOf(...modules, alone));
    for (const module of [...modules, alone]) await cacheIn(app, module).set('key', 1, KEPT);
    expect(folders()).toEqual([
      expect.stringMatching(/^module-___Alone$/),
      expect.stringMatching(/^module-___Orders\+N0\+N1.*~[0-9a-f]{16}$/),
    ]);
  });

  it('are the default one for the one that is global', async () => {
    const [one, two] = [featureNamed('One', false), featureNamed('Two', true, true)];
    const app = await boot(rootOf(one, two));
    await cacheIn(app, one).set('key', 1, KEPT);
    await cacheIn(app, two).set('key', 2, KEPT);
    expect(folders()).toEqual(['module-One', 'v1']);
  });

  it('are told apart by the order of the imports where nothing else does it, as a warning says', async () => {
    const Two = rootNamed('TwoModule', {});
    const app = await boot(Two);
    for (const cache of app.get(CacheService, { each: true, strict: false })) {
      await cache.set('key', 1, KEPT);
    }
    expect(folders()).toEqual(['module-TwoModule-2', 'v1']);
    expect(logger.warnings.slice(1)).toEqual([
      expect.stringMatching(
        /^Only the order of the imports .* TwoModule imports, .* \S*module-TwoModule-2: name a folder .*`file\.directory`/,
      ),
    ]);
  });
});

describe('The default folder of two applications that boot at a time', () => {
  it('is what each had before, whichever has its cache first', async () => {
    for (const start of [1, 2]) {
      const [one, two] = await Promise.all([
        boot(featureNamed('One', start === 2, true)),
        boot(featureNamed('Two', start === 1, true)),
      ]);
      if (start === 1) {
        await cacheOf(one).set('key', 'of one', KEPT);
        await cacheOf(two).set('key', 'of two', KEPT);
      }
      expect([await valueIn(one), await valueIn(two)]).toEqual(['of one', 'of two']);
      await Promise.all([one.close(), two.close()]);
    }
    expect(await valueIn(await boot(featureNamed('Two', false, true)))).toBe('of two');
    expect(readdirSync(join(folder, '.cache')).sort()).toEqual(['application-Two', 'v1']);
  });
});
