import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreFolder, type TextStore } from './store-folder.js';

let folder: StoreFolder;
let store: TextStore;

beforeEach(() => {
  folder = new StoreFolder();
  store = folder.open();
});

afterEach(() => folder.remove());

async function fill(category: string, count: number, tags: readonly string[] = []): Promise<void> {
  for (let at = 0; at < count; at++) {
    const entry = { expiresAt: Infinity, tags };
    await store.store.write({ category, key: `${at}` }, Buffer.from('x'), entry);
  }
}

const leftOf = (category: string): number =>
  folder.removed.filter((line) => line.includes(` ${category}/`)).length;

describe('The files of what was cleared', () => {
  it('are removed in the background, each told of once', async () => {
    await fill('a', 30);
    await fill('b', 3);
    await store.store.clear('a');
    expect(store.store.index.count('a')).toBe(0);
    await store.store.prune();
    expect(folder.files()).toHaveLength(3);
    expect(folder.removed).toHaveLength(30);
    expect(new Set(folder.removed.map((line) => line.split(' ')[1])).size).toBe(30);
    expect(folder.removed.join()).toMatch(/(deleted|invalidated) a\//);
  });

  it('are removed whatever else is cleared at the same moment', async () => {
    await fill('a', 5);
    await fill('b', 5);
    const { store: files } = store;
    await Promise.all([files.clear('empty'), files.clear('a'), files.clear('empty')]);
    await Promise.all([files.invalidateTags(['none']), files.clear('b')]);
    await files.prune();
    expect([leftOf('a'), leftOf('b'), folder.files().length]).toEqual([5, 5, 0]);
  });

  it('are left where something newer has come in their place', async () => {
    await fill('users', 20);
    const cleared = store.store.clear();
    const written = store.write('7', 'anew');
    await Promise.all([cleared, written]);
    await store.store.prune();
    expect(await store.read('7')).toBe('anew');
    expect(await store.keys()).toEqual(['7']);
    expect(folder.files()).toHaveLength(1);
  });

  const REWRITES: [string, (key: string) => unknown][] = [
    ['set', (key) => store.write(key, 'anew', { expiresAt: Infinity, tags: ['tag'] })],
    ['set at once', (key) => store.writeSync(key, 'anew')],
    ['read', (key) => store.read(key)],
    ['deleted', (key) => store.delete(key)],
    ['deleted at once', (key) => store.deleteSync(key)],
    [
      'loaded',
      async (key) => {
        const since = store.store.now();
        await store.read(key);
        await store.write(key, 'anew', { expiresAt: Infinity, tags: [] }, since);
      },
    ],
  ];

  it.each(REWRITES)('are each told of once where they are %s soon after', async (_how, act) => {
    await fill('users', 40, ['tag']);
    await store.store.clear('users');
    await Promise.all(Array.from({ length: 40 }, (_, at) => act(`${at}`)));
    await store.store.prune();
    const all = Array.from({ length: 40 }, (_, at) => `deleted users/${at}`);
    expect(folder.removed.sort()).toEqual(all.sort());
    store.store.index.checkInvariants();
  });

  it.each(REWRITES)('are each told of once where a tag has ended them: %s', async (_how, act) => {
    await fill('users', 40, ['tag']);
    const ended = store.store.invalidateTags(['tag']);
    await Promise.all(Array.from({ length: 40 }, (_, at) => act(`${at}`)));
    await ended;
    await store.store.prune();
    const all = Array.from({ length: 40 }, (_, at) => `invalidated users/${at}`);
    expect(folder.removed.sort()).toEqual(all.sort());
    store.store.index.checkInvariants();
  });

  it('are told of as invalidated, where it was by a tag', async () => {
    await fill('users', 2, ['tag', 'other']);
    await fill('more', 2);
    await store.store.invalidateTags(['tag', 'other']);
    await store.store.prune();
    expect(folder.removed.sort()).toEqual(['invalidated users/0', 'invalidated users/1']);
    expect(folder.files()).toHaveLength(2);
  });

  it('may be left behind at the close, dead, and are removed by whoever opens the folder next', async () => {
    await fill('users', 300);
    await store.store.clear();
    await store.store.close();
    expect(folder.files().length).toBeGreaterThan(0);
    const next = folder.open();
    expect(await next.read('7')).toMatch(/absent|invalidated/);
    expect(await next.keys()).toEqual([]);
    await next.store.prune();
    expect(folder.files()).toEqual([]);
  });
});
