import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  open as openLater,
  openSync,
  readdirSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { BOTH, cacheFolders, type CacheFolder } from './support/cache-folder.js';
import { until } from '../support/turns.js';

let disk: StuckDisk | undefined;

// Before the folders are removed.
afterEach(async () => {
  await disk?.free();
  disk = undefined;
});

const folders = cacheFolders();
/** Small files are read and written on the main thread, which waits for no pipe. */
const OLD = 'old'.repeat(100_000);
const NEW = 'new'.repeat(100_000);
const FILE = { tiers: ['file'] } as const;
const LOCKED = { default: { tiers: BOTH, lock: 'machine' } } as const;
const PLAIN = { categories: { default: { tiers: BOTH } } };
/** So short that a busy machine may take it for hanging: only for what is to be seen hanging. */
const IMPATIENT = {
  ...PLAIN,
  file: { operationTimeout: '60ms', breaker: { failures: 2, pause: '1h' } },
};

/** The threads of the process that files are read on, as they are when a disk does not answer. */
class StuckDisk {
  readonly #pipe: string;
  #stuck: Promise<number>[] = [];

  constructor({ parent }: CacheFolder) {
    this.#pipe = join(parent, 'pipe');
    execFileSync('mkfifo', [this.#pipe]);
    // Opening a pipe waits for its other end.
    this.#stuck = Array.from(
      { length: 4 },
      () =>
        new Promise((resolve, reject) => {
          openLater(this.#pipe, 'r', (error, handle) =>
            error === null ? resolve(handle) : reject(error),
          );
        }),
    );
  }

  async free(): Promise<void> {
    const stuck = this.#stuck.splice(0);
    if (stuck.length === 0) return;
    let writer: number | undefined;
    await until(() => {
      try {
        writer = openSync(this.#pipe, constants.O_WRONLY | constants.O_NONBLOCK);
        return true;
      } catch {
        return false;
      }
    });
    for (const handle of await Promise.all(stuck)) closeSync(handle);
    closeSync(writer!);
  }
}

describe('A disk that does not answer', () => {
  it('is gone without; nothing that was removed meanwhile is served when it answers again', async () => {
    const folder = folders();
    const before = folder.open(PLAIN);
    for (const key of ['deleted', 'tagged', 'set', 'kept', 'later']) {
      await before.set(key, OLD, { tags: key === 'tagged' ? ['tag'] : [] });
    }
    const cache = await folder.restart(before, IMPATIENT);
    disk = new StuckDisk(folder);
    expect((await cache.get('kept')).error).toMatchObject({ code: 'CACHE_TIMEOUT' });
    expect(await cache.wrap('kept', () => 'loaded')).toBe('loaded');
    expect((await cache.set('set', NEW)).error).toBeDefined();
    await cache.delete('deleted');
    await cache.invalidateTags(['tag']);
    const values = await Promise.all(
      Array.from({ length: 1000 }, (_, at) => cache.wrap(`many ${at}`, () => at)),
    );
    expect(values).toHaveLength(1000);
    const sync = cache.file.getSync('kept');
    expect(sync.error).toMatchObject({ code: 'CACHE_TIER', cause: { code: 'CACHE_TIMEOUT' } });
    cache.file.deleteSync('later');
    expect(folder.logger.errors).toHaveLength(1);
    expect(cache.getStats().fileCache.errors).toBeGreaterThan(2);
    await disk.free();
    const other = folder.open();
    for (const key of ['deleted', 'tagged', 'set', 'later']) {
      expect([key, (await other.get(key, FILE)).value]).not.toEqual([key, OLD]);
    }
    expect((await other.get('kept', FILE)).value).toBe(OLD);
  });

  it('does not keep the lease of a load that it was left alone in', async () => {
    const folder = folders();
    const locks = join(folder.directory, 'v1', 'locks');
    await folder.open(PLAIN).set('other', OLD);
    // Long enough for a busy machine to take the lease.
    const file = { operationTimeout: '1s', breaker: { failures: 1, pause: '1h' } };
    const cache = folder.open({ file, categories: LOCKED });
    const load = cache.wrap('key', async () => {
      disk = new StuckDisk(folder);
      await cache.get('other', FILE);
      return NEW;
    });
    expect(await load).toBe(NEW);
    expect(readdirSync(locks)).toHaveLength(1);
    await disk!.free();
    await until(() => readdirSync(locks).length === 0);
    const other = folder.open({ categories: LOCKED });
    expect(await other.wrap('key', () => 'another')).toBe('another');
  });

  it('does not keep the cache from being closed', async () => {
    const folder = folders();
    const cache = folder.open(IMPATIENT);
    disk = new StuckDisk(folder);
    void cache.wrap('new', () => NEW);
    const set = cache.set('key', NEW);
    await cache.close();
    expect((await set).error).toBeDefined();
  });
});

describe('A file that the search of the folder finds damaged', () => {
  it('counts as an error, though nobody has asked for it', async () => {
    const folder = folders();
    const before = folder.open(PLAIN);
    await before.set('key', 'value');
    await before.close();
    truncateSync(folder.pathOf('key'), 20);
    const cache = folder.open(PLAIN);
    await cache.cleanup();
    expect(folder.has('key')).toBe(false);
    expect(cache.getStats().fileCache.errors).toBe(1);
  });
});

describe('A value that is larger than the file tier keeps of a category', () => {
  const small = { ...PLAIN, file: { maxBytesPerCategory: 2000 } };

  it.each(['set', 'file.set', 'file.setSync'])(
    'is refused by %s, with what was there',
    async (how) => {
      const folder = folders();
      const cache = folder.open(small);
      const set = {
        set: (value: string) => cache.set('key', value),
        'file.set': (value: string) => cache.file.set('key', value),
        'file.setSync': (value: string) => cache.file.setSync('key', value),
      }[how]!;
      expect(await set('small')).toMatchObject({ success: true });
      const result = await set('x'.repeat(5000));
      expect(result.error).toMatchObject({ code: 'CACHE_OVERSIZED' });
      expect(result.error!.message).toContain(
        'larger than file.maxBytesPerCategory, or else maxBytes (2000)',
      );
      expect((await cache.get('key')).success).toBe(false);
      expect(folder.has('key')).toBe(false);
      expect(folder.logger.errors).toEqual([]);
      expect(await set('small')).toMatchObject({ success: true });
      expect((await cache.get('key', FILE)).value).toBe('small');
    },
  );

  it('still reaches the caller of wrap, and memory', async () => {
    const folder = folders();
    const cache = folder.open(small);
    const large = 'x'.repeat(5000);
    expect(await cache.wrap('key', () => large)).toBe(large);
    expect(cache.memory.get('key').value).toBe(large);
    await cache.close();
    expect(folder.size).toBe(0);
  });

  it('has no keys to tell, and says so in the time of a cleanup', async () => {
    const folder = folders();
    const before = folder.open(PLAIN);
    await before.set('key', OLD);
    const cache = await folder.restart(before, {
      ...IMPATIENT,
      file: { operationTimeout: '5ms', breaker: { failures: 2, pause: '1h' } },
    });
    disk = new StuckDisk(folder);
    expect(await cache.file.keys()).toEqual([]);
    expect(cache.getStats().fileCache.errors).toBeGreaterThan(0);
  });
});
