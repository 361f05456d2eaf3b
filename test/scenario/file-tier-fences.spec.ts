import { describe, expect, it } from '@jest/globals';
import type { CacheOptions } from '../../lib/core/model/options.js';
import { BOTH, cacheFolders } from './support/cache-folder.js';
import { deferred } from '../support/deferred.js';
import { LOADERS } from './support/loaders.js';
import { CATEGORY, REMOVALS, SETS, STRANGERS, type Write } from './support/writes.js';

const newFolder = cacheFolders();
const category = CATEGORY;
const OPTIONS: CacheOptions = {
  categories: { quotes: { tiers: BOTH }, quote: { tiers: BOTH }, default: { tiers: BOTH } },
};
/** Its bytes are on their way through the compressor when the write has begun. */
const LARGE = 'old '.repeat(100_000);
const COMPRESSED: CacheOptions = { ...OPTIONS, compression: { algorithm: 'brotli' } };

const BELOW: Write[] = [
  { name: 'file.delete', run: (cache) => cache.file.delete('key', { category }) },
  { name: 'file.deleteSync', run: (cache) => cache.file.deleteSync('key', { category }) },
  { name: 'file.clear(category)', run: (cache) => cache.file.clear(category) },
  { name: 'file.clear()', run: (cache) => cache.file.clear() },
  {
    name: 'file.setSync with a TTL of 0',
    run: (cache) => cache.file.setSync('key', 'gone', { category, ttl: 0 }),
  },
];
const EVERYWHERE = REMOVALS.filter(({ name }) => !name.startsWith('memory.'));
const SETS_BELOW: Write[] = [
  ...SETS.filter(({ name }) => !name.startsWith('memory.')),
  { name: 'file.set', run: (cache) => cache.file.set('key', 'set', { category }) },
  { name: 'file.setSync', run: (cache) => cache.file.setSync('key', 'set', { category }) },
];

/** A load whose factory has begun, and waits. */
async function begun(
  load: (factory: () => Promise<string>) => Promise<string>,
): Promise<{ loading: Promise<string>; answer: (value: string) => void }> {
  const source = deferred<string>();
  const running = deferred<void>();
  const loading = load(() => {
    running.resolve();
    return source.promise;
  });
  await running.promise;
  return { loading, answer: (value) => source.resolve(value) };
}

describe.each(LOADERS)('A load by $name', ({ name, load }) => {
  const writes = [...EVERYWHERE, ...BELOW].filter(
    // `cached` takes its tags when the function is wrapped.
    ({ options }) => name !== 'cached' || options?.tags === undefined,
  );

  it.each(writes)('that $name has overtaken is never on disk', async ({ run, options }) => {
    const folder = newFolder();
    const cache = folder.open(OPTIONS);
    const { loading, answer } = await begun((factory) =>
      load(cache, 'key', factory, { category, ...options }),
    );
    await run(cache);
    answer('old');
    expect(await loading).toBe('old');
    await cache.close();
    expect(folder.has('key', category)).toBe(false);
  });

  it.each(writes)('that ends while $name is under way is never on disk', async (write) => {
    const folder = newFolder();
    const cache = folder.open(OPTIONS);
    await cache.set('key', 'older', { category, tags: ['tag'] });
    const { loading, answer } = await begun((factory) =>
      load(cache, 'key', factory, { category, forceRefresh: true, ...write.options }),
    );
    const running = write.run(cache);
    answer('old');
    expect(await loading).toBe('old');
    await running;
    expect(await cache.file.get('key', { category })).toMatchObject({ success: false });
    const again = await folder.restart(cache, OPTIONS);
    expect(await again.get('key', { category })).toMatchObject({ success: false });
  });

  it.each(SETS_BELOW)('does not replace what $name has set meanwhile', async ({ run }) => {
    const folder = newFolder();
    const cache = folder.open(OPTIONS);
    const { loading, answer } = await begun((factory) => load(cache, 'key', factory, { category }));
    await run(cache);
    answer('old');
    expect(await loading).toBe('old');
    const again = await folder.restart(cache, OPTIONS);
    expect((await again.get('key', { category })).value).toBe('set');
  });

  it.each(STRANGERS)('is kept through $name', async ({ run, options }) => {
    const folder = newFolder();
    const cache = folder.open(OPTIONS);
    const { loading, answer } = await begun((factory) =>
      load(cache, 'key', factory, { category, ...options }),
    );
    await run(cache);
    answer('kept');
    expect(await loading).toBe('kept');
    const again = await folder.restart(cache, OPTIONS);
    expect((await again.get('key', { category })).value).toBe('kept');
  });
});

describe.each([...EVERYWHERE, ...BELOW])('A slow write that $name comes behind', ({ run }) => {
  const below = { category, tiers: ['file'] } as const;

  it('of a load leaves nothing on disk', async () => {
    const folder = newFolder();
    const cache = folder.open(COMPRESSED);
    expect(await cache.wrap('key', () => LARGE, { category, tags: ['tag'] })).toBe(LARGE);
    await run(cache);
    expect(await cache.get('key', below)).toMatchObject({ success: false });
    await cache.close();
    expect(folder.has('key', category)).toBe(false);
  });

  it('of a set leaves nothing on disk', async () => {
    const folder = newFolder();
    const cache = folder.open(COMPRESSED);
    const setting = cache.set('key', LARGE, { category, tags: ['tag'] });
    await run(cache);
    expect(await cache.get('key', below)).toMatchObject({ success: false });
    await setting;
    await cache.close();
    expect(folder.has('key', category)).toBe(false);
  });
});

describe.each(SETS_BELOW)('A slow write that $name comes behind', ({ run }) => {
  it('is not what is there in the end', async () => {
    const folder = newFolder();
    const cache = folder.open(COMPRESSED);
    expect(await cache.wrap('key', () => LARGE, { category })).toBe(LARGE);
    await run(cache);
    expect((await cache.file.get('key', { category })).value).toBe('set');
    const again = await folder.restart(cache, COMPRESSED);
    expect((await again.get('key', { category })).value).toBe('set');
  });
});

describe('A read that begins after an invalidation', () => {
  it.each(EVERYWHERE)(
    '($name) finds nothing old, in whichever turn of the load it came',
    async (write) => {
      const folder = newFolder();
      const cache = folder.open(OPTIONS);
      for (let round = 0; round < 30; round++) {
        const old = cache.wrap('key', async () => `old ${round}`, { category, tags: ['tag'] });
        // At a different point of the load each time.
        for (let turn = 0; turn < round % 10; turn++) await new Promise(setImmediate);
        await write.run(cache);
        const reads = await Promise.all([
          cache.get('key', { category }),
          cache.file.get('key', { category }),
          cache.wrap('key', () => `new ${round}`, { category, tags: ['tag'] }),
        ]);
        expect(reads[0].success && reads[0].value).not.toBe(`old ${round}`);
        expect(reads[1].success && reads[1].value).not.toBe(`old ${round}`);
        expect(reads[2]).toBe(`new ${round}`);
        expect(cache.file.getSync('key', { category }).value).not.toBe(`old ${round}`);
        await old;
        await cache.delete('key', { category });
      }
    },
  );
});

describe('Two caches on one folder', () => {
  it.each(EVERYWHERE)('$name in one is seen by the next file read in the other', async (write) => {
    const folder = newFolder();
    const [one, two] = [folder.open(OPTIONS), folder.open(OPTIONS)];
    await one.set('key', 'old', { category, tags: ['tag'] });
    expect((await two.file.get('key', { category })).value).toBe('old');
    const { loading, answer } = await begun((factory) =>
      two.wrap('loaded', factory, { category, forceRefresh: true, tags: ['tag'] }),
    );
    await write.run(one);
    expect(await two.file.get('key', { category })).toMatchObject({ success: false });
    expect(two.file.getSync('key', { category })).toMatchObject({ success: false });
    answer('loaded');
    await loading;
    await two.close();
    // The load was of another key: only what concerned its category or its tag has overtaken it.
    const overtaken = /clear|Tags/.test(write.name);
    expect(folder.has('loaded', category)).toBe(!overtaken);
  });

  it('a set in one is not undone by an older load in the other', async () => {
    const folder = newFolder();
    const [one, two] = [folder.open(OPTIONS), folder.open(OPTIONS)];
    const { loading, answer } = await begun((factory) => two.wrap('key', factory, { category }));
    await one.set('key', 'newer', { category });
    answer('older');
    expect(await loading).toBe('older');
    await two.close();
    expect((await one.file.get('key', { category })).value).toBe('newer');
  });
});
