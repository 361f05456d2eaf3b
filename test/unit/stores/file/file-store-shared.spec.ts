import { statSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileLayout } from '../../../../lib/core/stores/file/file-layout.js';
import { FOREVER, StoreFolder, type TextStore } from './store-folder.js';

const TAGGED = { expiresAt: Infinity, tags: ['tag'] };

let folder: StoreFolder;
let one: TextStore;
let other: TextStore;

beforeEach(() => {
  folder = new StoreFolder();
  one = folder.open();
  other = folder.open();
});

afterEach(() => folder.remove());

const INVALIDATIONS: [string, (store: TextStore) => Promise<unknown> | unknown][] = [
  ['delete', (store) => store.delete('a')],
  ['deleteSync', (store) => store.deleteSync('a')],
  ['clear of the category', (store) => store.store.clear('users')],
  ['clear', (store) => store.store.clear()],
  ['a tag', (store) => store.store.invalidateTags(['tag'])],
];

describe('Of two stores on one folder', () => {
  it('each reads what the other has written, and written anew', async () => {
    await one.write('a', 'of one');
    expect([await other.read('a'), other.readSync('a')]).toEqual(['of one', 'of one']);
    await other.write('a', 'of the other');
    expect([await one.read('a'), one.readSync('a')]).toEqual(['of the other', 'of the other']);
    one.writeSync('a', 'in no time');
    expect(await other.read('a')).toBe('in no time');
  });

  it.each(INVALIDATIONS)(
    'each sees %s of the other at its next read',
    async (_what, invalidate) => {
      for (const read of ['read', 'readSync'] as const) {
        await one.write('a', 'a', TAGGED);
        expect(await other[read]('a')).toBe('a');
        await invalidate(one);
        expect(await other[read]('a')).toMatch(/absent|invalidated/);
        expect(other.store.index.count('users')).toBe(0);
      }
    },
  );

  it.each(INVALIDATIONS)(
    'neither keeps what was loaded before %s of the other',
    async (_what, end) => {
      await one.write('a', 'before', TAGGED);
      const began = other.store.now();
      await end(one);
      expect(await other.write('a', 'overtaken', TAGGED, began)).toBe(false);
      expect(await one.read('a')).toMatch(/absent|invalidated/);
      expect(await other.write('a', 'after', TAGGED, other.store.now())).toBe(true);
      expect(await one.read('a')).toBe('after');
    },
  );

  it('what is fenced by one that does not know it goes with the next cleanup', async () => {
    await one.store.prune();
    await other.store.prune();
    await one.write('a', 'a');
    other.store.fence([{ category: 'users', key: 'a' }]);
    expect(await one.read('a')).toMatch(/absent|invalidated/);
    await one.write('a', 'newer');
    await other.store.prune();
    expect(await other.read('a')).toBe('newer');
    other.store.fence([{ category: 'users', key: 'a' }]);
    await other.store.prune();
    expect(folder.files()).toEqual([]);
  });

  it('each puts what it loaded in place of what was loaded before the clock was set back', async () => {
    const { mark, at } = one.store.now();
    expect(await one.write('a', 'of 13:00', TAGGED, { mark, at: at + 3_600_000 })).toBe(true);
    expect(await other.write('a', 'of 12:00', TAGGED, other.store.now())).toBe(true);
    expect(await one.read('a')).toBe('of 12:00');
  });

  it('neither puts what it loaded in place of a newer value of the other', async () => {
    const began = other.store.now();
    await one.write('a', 'newer');
    expect(await other.write('a', 'older', FOREVER, began)).toBe(false);
    expect(await other.read('a')).toBe('newer');
    const later = other.store.now();
    expect(await other.write('a', 'newest', FOREVER, later)).toBe(true);
    expect(await one.read('a')).toBe('newest');
  });

  it('neither is kept from its value by one of the other that is over', async () => {
    const began = other.store.now();
    await one.write('a', 'newer', { expiresAt: folder.clock.now() + 10, tags: [] });
    folder.clock.advance(10);
    expect(await other.write('a', 'loaded', FOREVER, began)).toBe(true);
    expect(await one.read('a')).toBe('loaded');
  });

  it('each knows the keys of both', async () => {
    await one.write('a', 'a');
    expect(await one.keys()).toEqual(['a']);
    await other.write('b', 'b');
    expect(await one.keys()).toEqual(['a', 'b']);
    expect(await other.keys()).toEqual(['a', 'b']);
    await other.delete('a');
    await other.write('c', 'c', { expiresAt: folder.clock.now() + 10, tags: [] });
    expect(await one.keys()).toEqual(['b', 'c']);
    folder.clock.advance(10);
    expect(await one.keys()).toEqual(['b']);
  });

  it('each knows the keys of both when all happens within one tick of the disk', async () => {
    await one.write('a', 'a');
    const shard = dirname(folder.files()[0]!);
    const layout = new FileLayout(folder.directory);
    const folderOf = (key: string): string =>
      layout.folderOf(layout.nameOf({ category: 'users', key }));
    let beside = 0;
    while (folderOf(`${beside}`) !== shard) beside++;
    const { atime, mtime } = statSync(shard);
    utimesSync(shard, atime, mtime);
    expect(await one.keys()).toEqual(['a']);
    await other.write(`${beside}`, 'b');
    utimesSync(shard, atime, mtime);
    expect(await one.keys()).toEqual([`${beside}`, 'a']);
  });

  it('one cleans up what the other has written', async () => {
    await one.write('mine', 'x');
    await one.store.prune();
    const soon = { expiresAt: folder.clock.now() + 10, tags: [] };
    for (const key of ['a', 'b', 'c']) await other.write(key, 'x', soon);
    folder.clock.advance(10);
    await one.store.prune();
    expect(folder.removed.sort()).toEqual(['a', 'b', 'c'].map((key) => `expired users/${key}`));
    expect(folder.files()).toHaveLength(1);
    expect(await other.read('a')).toBe('absent');
  });

  it('one does not clean up what the other has written anew', async () => {
    await one.write('a', 'x', { expiresAt: folder.clock.now() + 10, tags: [] });
    await other.write('a', 'anew');
    folder.clock.advance(10);
    expect((await one.store.prune()).expired).toBe(0);
    expect(await one.read('a')).toBe('anew');
    expect(one.store.index.count('users')).toBe(1);
  });

  it('both can be closed, and the folder be used by a third', async () => {
    await one.write('a', 'a');
    await one.store.close();
    await other.write('b', 'b');
    const third = folder.open();
    expect(await third.keys()).toEqual(['a', 'b']);
    await third.write('c', 'c');
    expect(await other.keys()).toEqual(['a', 'b', 'c']);
  });
});
