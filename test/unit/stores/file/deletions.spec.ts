import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileStore } from '../../../../lib/core/stores/file/file-store.js';
import { newFolder, removeFolder } from './support.js';

const KEY = { category: 'quotes', key: 'AAPL' };
const BYTES = Buffer.from('bytes');

let folder: string;
let now: number;

const open = (): FileStore =>
  new FileStore({
    directory: `${folder}/cache`,
    concurrency: 3,
    limitsOf: () => ({ maxEntries: 100, maxBytes: Infinity }),
    now: () => now,
    removed: () => {},
  });

beforeEach(async () => {
  folder = newFolder();
  now = 1000;
  const store = open();
  await store.set(KEY, BYTES, 2000);
  await store.close();
});

afterEach(() => removeFolder(folder));

describe('delete counts', () => {
  it('what the index does not know yet', async () => {
    const store = open();
    expect(await store.delete([KEY])).toBe(1);
    expect(await store.delete([KEY])).toBe(0);
    await store.close();
  });

  it('what a read that was called before finds dead for it', async () => {
    const store = open();
    const reading = store.read(KEY);
    expect(await store.delete([KEY])).toBe(1);
    expect(await reading).toBe('invalidated');
    expect(await store.delete([KEY])).toBe(0);
    await store.close();
  });

  it('nothing that has expired, or was invalidated by its tag or category', async () => {
    for (const end of ['time', 'category', 'tag'] as const) {
      const store = open();
      await store.write(KEY, BYTES, { expiresAt: 2000, tags: ['tag'] });
      // Not unlinked yet when the deletion looks.
      const ended =
        end === 'category'
          ? store.clear(KEY.category)
          : store.invalidateTags(end === 'tag' ? ['tag'] : []);
      if (end === 'time') now = 3000;
      expect([end, await store.delete([KEY])]).toEqual([end, 0]);
      await ended;
      await store.close();
      now = 1000;
    }
  });
});
