import { describe, expect, it } from '@jest/globals';
import type { CachedOptions } from '../../lib/core/model/options.js';
import { BOTH, cacheFolders } from './support/cache-folder.js';
import { until } from '../support/turns.js';

const newFolder = cacheFolders();

const WAYS: [string, CachedOptions][] = [
  ['tiers', { tiers: BOTH }],
  ['tiers, the file alone', { tiers: ['file'] }],
  ['useFileCache', { useFileCache: true }],
  ['its category', { category: 'both' }],
];

describe.each(WAYS)('A cached synchronous function that is kept on disk, by %s', (_how, tiers) => {
  const open = (enabled = true) =>
    newFolder().open({ enabled, categories: { both: { tiers: BOTH } } });
  /** As a caller in JavaScript sees it: the types say what the function itself gives. */
  const givenBy = (call: () => unknown): unknown => call();

  function double(n: number): number {
    return 2 * n;
  }

  it('gives promises, on a miss and on a hit', async () => {
    const cached = open().cached(double, tiers);
    for (let time = 0; time < 3; time++) {
      const given = givenBy(() => cached(2));
      expect(given).toBeInstanceOf(Promise);
      expect(await given).toBe(4);
    }
  });

  it('is renewed in a later turn: nobody who reads waits for it', async () => {
    const folder = newFolder();
    const cache = folder.open({ categories: { both: { tiers: BOTH } } });
    let runs = 0;
    const cached = cache.cached(() => ++runs, {
      ...tiers,
      name: 'run',
      ttl: 10,
      refreshAhead: 0.5,
    });
    expect(await cached()).toBe(1);
    folder.clock.advance('6s');
    const read = cached();
    expect(runs).toBe(1);
    expect(await read).toBe(1);
    await until(() => runs === 2);
  });

  it('gives promises where the cache is off', async () => {
    const cached = open(false).cached(double, tiers);
    expect(givenBy(() => cached(2))).toBeInstanceOf(Promise);
    expect(await cached(2)).toBe(4);
  });

  it('gives promises where the cache is closed, and where no key can be made', async () => {
    const cache = open();
    const cached = cache.cached(double, tiers);
    const keyless = cache.cached((fn: () => number): number => fn(), { ...tiers, name: 'keyless' });
    expect(givenBy(() => keyless(() => 1))).toBeInstanceOf(Promise);
    expect(await keyless(() => 1)).toBe(1);
    await cache.close();
    expect(givenBy(() => cached(2))).toBeInstanceOf(Promise);
    expect(await cached(2)).toBe(4);
  });

  it('rejects with what it throws, cached and uncached, and with what is wrong with its key', async () => {
    const failing = (): number => {
      throw new Error('no source');
    };
    const cache = open();
    const options = { ...tiers, name: 'failing' };
    await expect(cache.cached(failing, options)()).rejects.toThrow('no source');
    await expect(open(false).cached(failing, options)()).rejects.toThrow('no source');
    const noKey = cache.cached(failing, { ...options, key: () => 5 as never });
    await expect(noKey()).rejects.toThrow(/^failing key: got 5/);
  });
});
