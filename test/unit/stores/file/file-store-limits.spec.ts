import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { StoreFolder, type TextStore } from './store-folder.js';

let folder: StoreFolder;

beforeEach(() => {
  folder = new StoreFolder();
});

afterEach(() => folder.remove());

async function fill(store: TextStore, count: number, length = 10): Promise<void> {
  for (let at = 0; at < count; at++) await store.write(`${at}`, 'x'.repeat(length));
}

async function present(store: TextStore, count: number): Promise<string> {
  const texts = await Promise.all(Array.from({ length: count }, (_, at) => store.read(`${at}`)));
  return texts.flatMap((text, at) => (text === 'absent' ? [] : [at])).join();
}

describe('A category at its limit', () => {
  it('keeps the entries used last, and says which left', async () => {
    const store = folder.open({ maxEntries: 3 });
    await fill(store, 3);
    await store.read('0');
    // Writes do not wait for what they push out; reads of it do.
    await store.write('more 0', 'x');
    expect(await store.read('1')).toBe('absent');
    await store.write('more 1', 'x');
    expect(await present(store, 3)).toBe('0');
    expect(folder.removed).toEqual(['evicted users/1', 'evicted users/2']);
    expect(folder.files()).toHaveLength(3);
    expect(store.store.index.count('users')).toBe(3);
  });

  it('counts the bytes of files, those that were replaced no more', async () => {
    const store = folder.open({ maxBytes: 10_000 });
    for (let round = 0; round < 5; round++) await fill(store, 3, 2500);
    expect(folder.removed.filter((left) => !left.startsWith('replaced'))).toEqual([]);
    expect([folder.removed.length, await present(store, 3)]).toEqual([12, '0,1,2']);
    folder.removed.length = 0;
    await store.write('3', 'x'.repeat(2500));
    expect([folder.removed, await present(store, 4)]).toEqual([['evicted users/0'], '1,2,3']);
    expect(store.store.index.bytes('users')).toBeLessThanOrEqual(10_000);
  });

  it('does not give up everything for one that is larger than all the room', async () => {
    const store = folder.open({ maxBytes: 10_000 });
    await fill(store, 3, 2500);
    expect(await store.write('large', 'x'.repeat(20_000))).toBe(false);
    expect([folder.removed, await present(store, 3)]).toEqual([['oversized users/large'], '0,1,2']);
    expect(await store.read('large')).toBe('absent');
  });

  it('counts each category for itself', async () => {
    const { store } = folder.open({ maxEntries: 2 });
    for (const category of ['a', 'b', 'ab']) {
      for (const key of ['1', '2']) await store.set({ category, key }, Buffer.from('x'), Infinity);
    }
    expect(folder.removed).toEqual([]);
  });

  it('is trimmed by a synchronous write too', async () => {
    const store = folder.open({ maxEntries: 2 });
    for (const key of ['0', '1', '2', '3']) store.writeSync(key, 'x');
    expect(await present(store, 4)).toBe('2,3');
    expect(folder.files()).toHaveLength(2);
  });

  it('stays near it while one synchronous write comes after the other', async () => {
    const store = folder.open({ maxEntries: 3 });
    for (let at = 0; at < 400; at++) store.writeSync(`${at}`, 'x');
    // Nothing else has run.
    expect(folder.files().length).toBeLessThan(100);
    await store.store.prune();
    expect(folder.files()).toHaveLength(3);
    expect(await present(store, 400)).toBe('397,398,399');
    expect(folder.removed.sort()).toEqual(
      Array.from({ length: 397 }, (_, at) => `evicted users/${at}`).sort(),
    );
  });

  it('stays near it in bytes while large files are written synchronously', async () => {
    const store = folder.open({ maxBytes: 3_000_000 });
    const text = 'x'.repeat(1_000_000);
    for (let at = 0; at < 60; at++) store.writeSync(`${at}`, text);
    expect(folder.files().length).toBeLessThan(15);
    await store.store.prune();
    expect(await present(store, 60)).toBe('58,59');
  });

  it('stays near it while very many writes are called at once', async () => {
    const store = folder.open({ maxEntries: 3 });
    const written = Array.from({ length: 400 }, (_, at) => store.write(`${at}`, 'x'));
    await Promise.all(written);
    expect(folder.files().length).toBeLessThan(20);
  });

  it('gives up what an operation that waits is about, when that has ended', async () => {
    const store = folder.open({ maxEntries: 3 });
    await fill(store, 3);
    const read = store.read('0');
    for (let at = 3; at < 100; at++) store.writeSync(`${at}`, 'x');
    await read;
    await store.store.prune();
    expect(folder.files()).toHaveLength(3);
    expect(store.store.index.count('users')).toBe(3);
  });
});

describe('Processes that write a little and end at once', () => {
  const SHORT = { cleanupAtClose: Infinity };
  const passing = async (round: number, expiresAt = Infinity, maxEntries = 5): Promise<void> => {
    const { store } = folder.open({ maxEntries }, SHORT);
    store.open();
    const key = (at: number): string => `${round} ${at}`;
    const set = (at: number): Promise<void> =>
      store.set({ category: 'users', key: key(at) }, Buffer.from('x'), expiresAt);
    await Promise.all([0, 1, 2].map(set));
    await store.close();
  };

  it('leave no more together than the limit allows', async () => {
    for (let round = 0; round < 8; round++) await passing(round);
    expect(folder.files()).toHaveLength(5);
  });

  it('remove what others have left that has expired', async () => {
    await passing(0, folder.clock.now() + 1000, 10);
    folder.clock.advance(1000);
    await passing(1, Infinity, 10);
    expect(folder.files()).toHaveLength(3);
    expect(folder.removed.sort()).toEqual([0, 1, 2].map((at) => `expired users/0 ${at}`));
  });

  it('remove some where they have no time to get through the folder, and each others than the one before', async () => {
    await fill(folder.open(), 300);
    const now = jest.spyOn(performance, 'now');
    let ms = performance.now();
    // Each look at the clock is a tenth of a millisecond later than the one before.
    now.mockImplementation(() => (ms += 0.1));
    try {
      for (let round = 0; round < 10; round++) {
        const { store } = folder.open({ maxEntries: 5 }, { cleanupAtClose: 100 });
        await store.set({ category: 'users', key: `own ${round}` }, Buffer.from('x'), Infinity);
        await store.close();
      }
    } finally {
      now.mockRestore();
    }
    expect(folder.files().length).toBeLessThan(250);
  });

  it('remove nothing if they have only read', async () => {
    await fill(folder.open(), 8);
    const reader = folder.open({ maxEntries: 5 }, SHORT);
    expect(await reader.read('0')).toBe('x'.repeat(10));
    await reader.store.close();
    expect(folder.files()).toHaveLength(8);
  });
});

describe('After a restart', () => {
  it('the entries used last before it are kept', async () => {
    const before = folder.open();
    await fill(before, 8);
    for (const key of ['2', '0', '5']) await before.read(key);
    await before.store.close();

    const after = folder.open({ maxEntries: 4 });
    await after.store.prune();
    expect(folder.removed).toEqual(['1', '3', '4', '6'].map((key) => `evicted users/${key}`));
    expect(await present(after, 8)).toBe('0,2,5,7');
    expect(folder.files()).toHaveLength(4);
  });

  it('uses of this process count for more than those before it', async () => {
    const before = folder.open();
    await fill(before, 4);
    await before.store.close();

    const after = folder.open({ maxEntries: 2 });
    expect(await after.read('0')).toBe('x'.repeat(10));
    await after.store.prune();
    expect(await present(after, 4)).toBe('0,3');
  });

  it('the limits hold without a cleanup, as soon as the folder is known', async () => {
    const before = folder.open();
    await fill(before, 6);
    await before.store.close();

    const after = folder.open({ maxEntries: 2 });
    expect(await after.keys()).toHaveLength(2);
    await after.write('new', 'x');
    expect(await after.keys()).toEqual(['5', 'new']);
  });

  it('what had expired meanwhile is a miss, and is gone after the cleanup', async () => {
    const before = folder.open();
    await before.write('short', 'x', { expiresAt: folder.clock.now() + 1000, tags: [] });
    await before.write('shorter', 'x', { expiresAt: folder.clock.now() + 500, tags: [] });
    await before.write('long', 'x');
    await before.store.close();
    folder.clock.advance(1000);

    const after = folder.open();
    expect(await after.read('short')).toBe('expired');
    const { expired, bytesFreed } = await after.store.prune();
    // The background found it dead before the cleanup could, or the cleanup did.
    expect(folder.removed.sort()).toEqual(['expired users/short', 'expired users/shorter']);
    expect(expired === 0).toBe(bytesFreed === 0);
    expect(await after.keys()).toEqual(['long']);
    expect(folder.files()).toHaveLength(1);
  });

  it('invalidations before it still hold', async () => {
    const before = folder.open();
    const began = before.store.now();
    await before.write('a', 'x', { expiresAt: Infinity, tags: ['tag'] });
    await before.store.invalidateTags(['tag']);
    await before.delete('b');
    await before.store.close();

    const after = folder.open();
    expect(await after.read('a')).toMatch(/absent|invalidated/);
    const tagged = { expiresAt: Infinity, tags: ['tag'] };
    expect(await after.write('a', 'overtaken', tagged, began)).toBe(false);
    expect(await after.write('b', 'overtaken', { ...tagged, tags: [] }, began)).toBe(false);
    expect(await after.write('c', 'not concerned', { ...tagged, tags: [] }, began)).toBe(true);
    expect(await after.write('a', 'new', tagged, after.store.now())).toBe(true);
    expect(await after.keys()).toEqual(['a', 'c']);
  });
});

describe('The cleanup', () => {
  it('removes what has expired, and tells what it freed', async () => {
    const store = folder.open();
    for (let at = 0; at < 200; at++) {
      const expiresAt = at % 4 === 0 ? Infinity : folder.clock.now() + 1000 + at;
      await store.write(`${at}`, 'x'.repeat(100), { expiresAt, tags: [] });
    }
    folder.clock.advance(1100);
    const before = store.store.index.bytes('users');
    const { expired, evicted, bytesFreed } = await store.store.prune();
    expect([expired, evicted, folder.files().length]).toEqual([75, 0, 125]);
    expect(bytesFreed).toBe(before - store.store.index.bytes('users'));
    expect(folder.removed).toHaveLength(75);
    expect(await store.store.prune()).toEqual({ expired: 0, evicted: 0, bytesFreed: 0 });
  });

  it('has nothing to do where there is no folder, and makes none', async () => {
    const { store } = folder.open();
    expect(await store.prune()).toEqual({ expired: 0, evicted: 0, bytesFreed: 0 });
    expect(await store.keys('users')).toEqual([]);
    expect(() => folder.files()).toThrow('ENOENT');
  });

  it('comes to an end under a load that never does', async () => {
    const store = folder.open({}, { concurrency: 2 });
    const over = { expiresAt: folder.clock.now() + 1000, tags: ['tag'] };
    for (let at = 0; at < 100; at++) await store.write(`${at}`, 'x', over);
    folder.clock.advance(1000);
    const stop = new AbortController();
    const work = async (at: number): Promise<void> => {
      while (!stop.signal.aborted) await store.write(`load ${at}`, 'x'.repeat(100_000));
    };
    const load = Array.from({ length: 8 }, (_, at) => work(at));
    const { expired } = await store.store.prune();
    await store.store.invalidateTags(['tag']);
    const keys = await store.keys();
    stop.abort();
    await Promise.all(load);
    expect([expired, keys.length]).toEqual([100, 8]);
  });

  it('goes on although a category is cleared meanwhile', async () => {
    const store = folder.open();
    const over = { expiresAt: folder.clock.now() + 1000, tags: [] };
    for (let at = 0; at < 200; at++) {
      await store.store.write({ category: 'cleared', key: `${at}` }, Buffer.from('x'), over);
      await store.write(`${at}`, 'x', over);
    }
    folder.clock.advance(1000);
    const [{ expired }] = await Promise.all([store.store.prune(), store.store.clear('cleared')]);
    expect(expired).toBe(200);
    await store.store.close();
    expect(store.store.index.count('users')).toBe(0);
  });
});
