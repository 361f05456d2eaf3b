import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
