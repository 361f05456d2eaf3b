import { describe, expect, it } from '@jest/globals';
import type { CacheOptions } from '../../lib/core/model/options.js';
import { BOTH, cacheFolders } from './support/cache-folder.js';
import { deferred } from '../support/deferred.js';
import { settle } from '../support/turns.js';
import { begunLoad, notCalled } from './support/loaders.js';
import { SHARED_REMOVALS } from './support/writes.js';

const newFolder = cacheFolders();
const TIERED: CacheOptions = { categories: { default: { tiers: BOTH } } };
const OPTIONS = { tags: ['tag'] };

describe('A load of which another process knows nothing', () => {
  it.each(SHARED_REMOVALS)('is joined by nobody who comes after its $name', async ({ run }) => {
    const folder = newFolder();
    const [one, other] = [folder.open(TIERED), folder.open(TIERED)];
    const { loading, answer } = await begunLoad(one);
    const joined = one.wrap('key', notCalled, OPTIONS);
    await run(other);
    const late = one.wrap('key', () => 'new', OPTIONS);
    answer('old');
    expect(await Promise.all([loading, joined, late])).toEqual(['old', 'old', 'new']);
    expect(one.memory.get('key').value).toBe('new');
    expect(one.getStats().loads).toMatchObject({ count: 2, coalesced: 1 });
    await one.close();
    expect((await other.get('key')).value).toBe('new');
  });

  it('is joined after the removal of something else', async () => {
    const folder = newFolder();
    const [one, other] = [folder.open(TIERED), folder.open(TIERED)];
    const { loading, answer } = await begunLoad(one);
    await other.delete('another');
    await other.invalidateTags(['another']);
    const late = one.wrap('key', notCalled, OPTIONS);
    answer('value');
    expect(await Promise.all([loading, late])).toEqual(['value', 'value']);
  });

  it('is joined with its own turn, when it waits for that of another', async () => {
    const folder = newFolder();
    const [one, other] = [folder.open(TIERED), folder.open(TIERED)];
    const lock = { lock: 'machine' as const };
    const held = await begunLoad(other, { ...OPTIONS, ...lock });
    const source = deferred();
    const running = deferred<void>();
    const factory = (): Promise<unknown> => {
      running.resolve();
      return source.promise;
    };
    const waiting = one.wrap('key', factory, { ...OPTIONS, ...lock });
    await settle();
    await other.delete('key');
    held.fail();
    await expect(held.loading).rejects.toThrow('down');
    await running.promise;
    source.resolve('value');
    expect(await waiting).toBe('value');
  });

  it('is joined where the folder cannot be used: nothing is known then', async () => {
    const folder = newFolder();
    const file = { directory: '/dev/null/cache' };
    const cache = folder.open({ ...TIERED, file });
    const { loading, answer } = await begunLoad(cache);
    const late = cache.wrap('key', notCalled, OPTIONS);
    answer('value');
    expect(await Promise.all([loading, late])).toEqual(['value', 'value']);
  });

  it('hands nothing stale out that another process has removed', async () => {
    const folder = newFolder();
    const options: CacheOptions = { categories: { default: { tiers: ['file'] } } };
    const [one, other] = [folder.open(options), folder.open(options)];
    const stale = { ...OPTIONS, ttl: '1m', staleIfError: '1h' } as const;
    await one.wrap('key', () => 'older', stale);
    await one.file.get('key');
    folder.clock.advance(120_000);
    const { loading, fail } = await begunLoad(one, { ...OPTIONS, ...stale });
    await other.delete('key');
    fail();
    await expect(loading).rejects.toThrow('down');
  });
});
