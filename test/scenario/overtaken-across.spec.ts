import { rmSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import type { CacheOptions } from '../../lib/core/model/options.js';
import { BOTH, cacheFolders, TIERED, type CacheFolder } from './support/cache-folder.js';
import { deferred } from '../support/deferred.js';
import { settle, until } from '../support/turns.js';
import { begunLoad, notCalled } from './support/loaders.js';
import { SHARED_REMOVALS } from './support/writes.js';

const newFolder = cacheFolders();
const TAGS = ['tag'];

describe('A load that another process has overtaken', () => {
  it.each(SHARED_REMOVALS)('by $name is not kept in memory either', async ({ run }) => {
    const folder = newFolder();
    const [one, other] = [folder.open(TIERED), folder.open(TIERED)];
    const { loading, answer } = await begunLoad(one);
    await run(other);
    answer('old');
    expect(await loading).toBe('old');
    expect(one.memory.get('key').success).toBe(false);
    expect(await one.wrap('key', () => 'new')).toBe('new');
  });

  it('by the removal of a tag that its value turns out to have is not kept in memory either', async () => {
    const folder = newFolder();
    const [one, other] = [folder.open(TIERED), folder.open(TIERED)];
    const { loading, answer } = await begunLoad(one, { tags: () => TAGS });
    await other.invalidateTags(TAGS);
    answer('old');
    await loading;
    expect(one.memory.get('key').success).toBe(false);
  });

  it('by a set leaves memory when the file tier has found it so', async () => {
    const folder = newFolder();
    const [one, other] = [folder.open(TIERED), folder.open(TIERED)];
    const { loading, answer } = await begunLoad(one);
    await other.set('key', 'new');
    answer('old');
    expect(await loading).toBe('old');
    await one.file.get('key');
    await settle();
    expect((await one.get('key')).value).toBe('new');
  });

  it('as a renewal is not kept in memory either', async () => {
    const folder = newFolder();
    const categories = { default: { tiers: BOTH, staleWhileRevalidate: '1h' } } as const;
    const [one, other] = [folder.open({ categories }), folder.open({ categories })];
    await one.wrap('key', () => 'older', { ttl: '1m' });
    folder.clock.advance(120_000);
    const source = deferred();
    const running = deferred<void>();
    const renewing = (): Promise<unknown> => {
      running.resolve();
      return source.promise;
    };
    expect(await one.wrap('key', renewing)).toBe('older');
    await running.promise;
    await other.delete('key');
    source.resolve('old');
    await settle();
    expect(one.memory.get('key').success).toBe(false);
  });

  it('is kept through the removal of something else', async () => {
    const folder = newFolder();
    const [one, other] = [folder.open(TIERED), folder.open(TIERED)];
    const { loading, answer } = await begunLoad(one);
    await other.delete('another');
    await other.invalidateTags(['another']);
    await other.clear('another');
    answer('value');
    await loading;
    expect(one.memory.get('key').value).toBe('value');
  });

  it('is kept in memory where the folder cannot be used', async () => {
    const options: CacheOptions = { ...TIERED, file: { directory: '/dev/null/cache' } };
    const cache = newFolder().open(options);
    expect(await cache.wrap('key', () => 'value')).toBe('value');
    expect(cache.memory.get('key').value).toBe('value');
  });
});

describe('A stale value in memory', () => {
  const categories = { default: { tiers: BOTH, staleIfError: '1h' } } as const;
  const down = (): never => {
    throw new Error('down');
  };

  it('gives way to a later one of another process, stale as well', async () => {
    const folder = newFolder();
    const [one, other] = [folder.open({ categories }), folder.open({ categories })];
    await one.wrap('key', () => 'old', { ttl: '1m' });
    await other.set('key', 'new', { ttl: '2m' });
    folder.clock.advance(600_000);
    const stale = { success: true, value: 'new', stale: true };
    expect(await one.getOrSet('key', down)).toMatchObject({ ...stale, source: 'file' });
    expect(await one.getOrSet('key', down)).toMatchObject({ ...stale, source: 'memory' });
  });

  it('stays where the file tier has none that is later', async () => {
    const folder = newFolder();
    const one = folder.open({ categories });
    const value = await one.wrap('key', () => ({ of: 'memory' }), { ttl: '1m' });
    folder.clock.advance(600_000);
    expect((await one.getOrSet('key', down)).value).toBe(value);
    await one.file.delete('key');
    folder.clock.advance(600_000);
    expect((await one.getOrSet('key', down)).value).toBe(value);
  });
});

describe('A value in memory that another process has removed, while it is loaded anew', () => {
  const STALE = { staleIfError: '1h', softTimeout: '1m' } as const;

  /** A load of both tiers that is to replace it. */
  async function replacing(): Promise<{
    folder: CacheFolder;
    one: CacheService;
    answer: (value: unknown) => void;
    fail: () => void;
  }> {
    const folder = newFolder();
    const [one, other] = [folder.open(), folder.open()];
    await one.set('key', 'old', { tiers: BOTH });
    await other.delete('key');
    const { loading, answer, fail } = await begunLoad(one, { tiers: BOTH, forceRefresh: true });
    loading.catch(() => {});
    return { folder, one, answer, fail };
  }

  it('is no answer to a load of files alone, which joins', async () => {
    const { one, answer } = await replacing();
    const late = one.getOrSet('key', () => 'newer', { tiers: ['file'] });
    answer('new');
    expect(await late).toMatchObject({ value: 'new', source: 'function' });
  });

  it('is none either when the load takes its time', async () => {
    const { folder, one, answer } = await replacing();
    const late = one.getOrSet('key', () => 'newer', { ...STALE, tiers: ['file'] });
    folder.clock.advance(60_000);
    answer('new');
    expect(await late).toMatchObject({ value: 'new', source: 'function' });
  });

  it('is none either when the load fails', async () => {
    const { one, fail } = await replacing();
    const late = one.getOrSet('key', () => 'newer', { ...STALE, tiers: ['file'] });
    fail();
    expect(await late).toMatchObject({ success: false, error: { message: 'down' } });
  });

  it('is one to a load that asks memory', async () => {
    const { one } = await replacing();
    const serveOld = one.getOrSet('key', () => 'newer', { tiers: BOTH });
    expect(await serveOld).toMatchObject({ value: 'old', source: 'memory' });
  });
});

describe('A stale file that another process has replaced, while it is renewed', () => {
  const STALE = { staleWhileRevalidate: '1h', staleIfError: '1h', softTimeout: '1m' } as const;
  const options: CacheOptions = { categories: { default: { tiers: ['file'], ...STALE } } };

  /** A value past its time, with its renewal under way. */
  async function renewing(): Promise<{
    folder: CacheFolder;
    one: CacheService;
    other: CacheService;
    answer: (value: unknown) => void;
    fail: () => void;
  }> {
    const folder = newFolder();
    const [one, other] = [folder.open(options), folder.open(options)];
    await one.set('key', 'old', { ttl: '1m' });
    folder.clock.advance(120_000);
    const { loading, answer, fail } = await begunLoad(one, {});
    expect(await loading).toBe('old');
    return { folder, one, other, answer, fail };
  }

  it('is served to nobody any more', async () => {
    const { one, other, answer } = await renewing();
    expect(await one.getOrSet('key', notCalled)).toMatchObject({ value: 'old', stale: true });
    await other.set('key', 'new');
    expect(await one.getOrSet('key', notCalled)).toMatchObject({
      value: 'new',
      source: 'file',
      stale: false,
    });
    answer('late');
  });

  it('is joined in its renewal where there is nothing any more', async () => {
    const { folder, one, answer } = await renewing();
    rmSync(folder.pathOf('key'));
    const late = one.getOrSet('key', notCalled);
    await settle();
    answer('renewed');
    expect((await late).value).toBe('renewed');
  });

  it.each<[string, (folder: CacheFolder, fail: () => void) => void]>([
    ['at the soft timeout', ({ clock }) => clock.advance(60_000)],
    ['in the place of a failure', (_folder, fail) => fail()],
  ])('is not served %s of who waits for it', async (_when, lose) => {
    const { folder, one, other, fail } = await renewing();
    const waiting = one.getOrSet('key', notCalled, { staleWhileRevalidate: 0 });
    await settle();
    await other.set('key', 'new');
    lose(folder, fail);
    expect(await waiting).toMatchObject({ value: 'new', source: 'file' });
    fail();
  });
});

describe('A stale file that another process removes', () => {
  const TAGGED = { tags: TAGS, ttl: '1m' } as const;

  it.each(SHARED_REMOVALS)(
    'while its renewal waits for its turn is served to nobody any more: $name',
    async ({ run }) => {
      const stale = { staleWhileRevalidate: '1h', staleIfError: '1h' } as const;
      const options: CacheOptions = { categories: { default: { tiers: ['file'], ...stale } } };
      const folder = newFolder();
      const [one, other] = [folder.open(options), folder.open(options)];
      const busy = Array.from({ length: 16 }, (_, at) => `busy ${at}`);
      for (const key of [...busy, 'key']) await one.set(key, 'old', TAGGED);
      folder.clock.advance(120_000);
      const [gate, source] = [deferred(), deferred()];
      for (const key of busy) await one.wrap(key, () => gate.promise);
      const load = (): Promise<unknown> => source.promise;
      expect(await one.wrap('key', load, TAGGED)).toBe('old');
      await run(other);
      gate.resolve('new');
      await until(async () => (await one.explain('key')).load.state !== 'waiting');
      const late = one.getOrSet('key', load, TAGGED);
      source.reject(new Error('down'));
      expect(await late).toMatchObject({ success: false, error: { message: 'down' } });
    },
  );

  it.each(SHARED_REMOVALS)(
    'while a load waits for the turn of its process is served to nobody any more: $name',
    async ({ run }) => {
      const locked = { tiers: ['file'], lock: 'machine', staleIfError: '1h' } as const;
      const options: CacheOptions = { categories: { default: locked } };
      const folder = newFolder();
      const [one, other] = [folder.open(options), folder.open(options)];
      await one.set('key', 'old', TAGGED);
      folder.clock.advance(120_000);
      const { loading, fail } = await begunLoad(other);
      loading.catch(() => {});
      const { misses } = one.getStats().fileCache;
      const [running, source] = [deferred<void>(), deferred()];
      const load = (): Promise<unknown> => {
        running.resolve();
        return source.promise;
      };
      const early = one.getOrSet('key', load, TAGGED);
      await until(() => one.getStats().fileCache.misses > misses);
      await run(other);
      fail();
      await running.promise;
      const late = one.getOrSet('key', load, TAGGED);
      await until(() => one.getStats().loads.coalesced === 1);
      source.reject(new Error('down'));
      for (const answer of [early, late]) {
        expect(await answer).toMatchObject({ success: false, error: { message: 'down' } });
      }
    },
  );
});

describe('A file whose value is still being decompressed', () => {
  const options: CacheOptions = { ...TIERED, compression: { algorithm: 'brotli' } };
  const LARGE = 'old '.repeat(100_000);

  it.each(SHARED_REMOVALS)(
    'fills memory no more after $name of another process',
    async ({ run }) => {
      const folder = newFolder();
      const [one, other] = [folder.open(options), folder.open(options)];
      await other.set('key', LARGE, { tags: TAGS });
      // The second time the index knows it, and it is read at once.
      for (let time = 0; time < 2; time++) {
        one.memory.delete('key');
        expect((await one.get('key')).source).toBe('file');
      }
      one.memory.delete('key');
      const reading = one.get('key');
      const removed = run(other);
      await Promise.all([reading, removed]);
      expect(one.memory.get('key').success).toBe(false);
    },
  );
});
