import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { places, type Place } from './support.js';

const newPlace = places();

async function filled(): Promise<Place> {
  const place = newPlace();
  await place.filled(async (cache) => {
    await cache.file.set('AAPL', 1, { category: 'quotes' });
    await cache.file.set('SIE', 2, { category: 'quotes' });
    await cache.file.set('anna', 3, { category: 'users' });
  });
  return place;
}

describe('clear', () => {
  it('removes the entries of a category, and says what it removed', async () => {
    const place = await filled();
    const bytes = place.sizeOf('quotes', 'AAPL') + place.sizeOf('quotes', 'SIE');
    expect(await place.run(['clear', 'quotes'])).toEqual({
      code: 0,
      stdout: `quotes: removed 2 entries (${bytes} B)\n`,
      stderr: '',
    });
    expect(existsSync(place.pathOf('quotes', 'AAPL'))).toBe(false);
    const cache = place.cache();
    const reasons = await Promise.all(
      ['AAPL', 'SIE'].map((key) => cache.file.has(key, { category: 'quotes' })),
    );
    expect(reasons).toEqual([false, false]);
    expect(await cache.file.get('anna', { category: 'users' })).toMatchObject({ value: 3 });
  });

  it('removes everything, damaged files included', async () => {
    const place = await filled();
    const sizes = place.sizeOf('quotes', 'AAPL') + place.sizeOf('users', 'anna');
    writeFileSync(place.pathOf('quotes', 'SIE'), 'nonsense');
    const { code, json } = await place.json(['clear']);
    expect(code).toBe(0);
    expect(json).toEqual({
      directory: place.directory,
      category: null,
      entries: 2,
      bytes: sizes + 'nonsense'.length,
      damagedFiles: 1,
    });
    expect((await place.json(['stats'])).json).toMatchObject({ entries: 0, damagedFiles: 0 });
    expect((await place.run(['clear'])).stdout).toBe('all categories: removed 0 entries (0 B)\n');
  });

  it('is seen by a process that uses the folder, and lets it go on', async () => {
    const place = newPlace();
    const cache = place.cache();
    const quotes = { category: 'quotes' };
    await cache.file.set('AAPL', 1, quotes);
    await cache.file.set('anna', 2, { category: 'users' });
    expect((await place.run(['clear', 'quotes'])).code).toBe(0);
    expect(await cache.file.get('AAPL', quotes)).toMatchObject({ success: false });
    expect(await cache.file.get('anna', { category: 'users' })).toMatchObject({ value: 2 });
    await cache.file.set('AAPL', 3, quotes);
    expect(await cache.file.get('AAPL', quotes)).toMatchObject({ value: 3 });
  });

  it('keeps out what a load found that began before it', async () => {
    const place = newPlace();
    const cache = place.cache();
    let begun = (): void => {};
    let found = (_value: string): void => {};
    const started = new Promise<void>((resolve) => (begun = resolve));
    const options = { category: 'quotes', tiers: ['file'] as const };
    const load = cache.wrap(
      'AAPL',
      () => {
        begun();
        return new Promise<string>((resolve) => (found = resolve));
      },
      { ...options, tiers: ['file'] },
    );
    await started;
    expect((await place.run(['clear', 'quotes'])).code).toBe(0);
    found('old');
    expect(await load).toBe('old');
    expect(await cache.file.get('AAPL', { category: 'quotes' })).toMatchObject({ success: false });
  });

  it('is found out by the index of a process that is alone', async () => {
    const place = newPlace();
    const cache = place.cache();
    for (let at = 0; at < 5; at++) await cache.file.set(`k${at}`, at);
    await cache.cleanup();
    expect(cache.getStats().fileCache.entries).toBe(5);
    await place.run(['clear']);
    await cache.cleanup();
    expect(cache.getStats().fileCache.entries).toBe(0);
  });
});
