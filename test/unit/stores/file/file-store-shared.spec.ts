import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FileLeases } from '../../../../lib/core/stores/file/file-leases.js';
import { FileLayout } from '../../../../lib/core/stores/file/file-layout.js';
import type { FileMoment } from '../../../../lib/core/stores/file/shared-folder.js';
import { FOREVER, StoreFolder, type TextStore } from './store-folder.js';

const HOUR = 3_600_000;
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
    const moment = one.store.now();
    const ahead = { ...moment, bornAt: moment.bornAt + HOUR };
    expect(await one.write('a', 'of 13:00', TAGGED, ahead)).toBe(true);
    expect(await other.write('a', 'of 12:00', TAGGED, other.store.now())).toBe(true);
    expect(await one.read('a')).toBe('of 12:00');
  });

  it.each<[string, (moment: FileMoment) => Partial<FileMoment>]>([
    ['the clock is set back meanwhile', ({ bornAt }) => ({ bornAt: bornAt - HOUR })],
    ['the clock is set forward meanwhile, and back', ({ bornAt }) => ({ bornAt: bornAt + HOUR })],
    ['ticks begin elsewhere for each', () => ({ tick: 1 })],
    ['one does not know ticks', () => ({ tick: undefined })],
  ])('neither puts what it loaded in place of a newer value when %s', async (_what, change) => {
    const moment = other.store.now();
    const began = { ...moment, bornAt: moment.bornAt - 10 };
    const later = one.store.now();
    expect(await one.write('a', 'newer', TAGGED, { ...later, ...change(later) })).toBe(true);
    expect(await other.write('a', 'older', TAGGED, began)).toBe(false);
    expect(await one.read('a')).toBe('newer');
    expect(await other.write('a', 'newest', TAGGED, other.store.now())).toBe(true);
    expect(await one.read('a')).toBe('newest');
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

  it.each([1, 20_001])(
    'one that waits with its deletion of %d keys removes nothing newer of the other',
    async (count) => {
      const keys = Array.from({ length: count }, (_, at) => `${at}`);
      for (const key of ['0', '1']) await one.write(key, 'before');
      const began = other.store.now();
      const waiting = folder.open({}, { concurrency: 1 });
      let end!: (bytes: Uint8Array) => void;
      const bytes = new Promise<Uint8Array>((resolve) => {
        end = resolve;
      });
      const before = waiting.store.write({ category: 'more', key: 'x' }, bytes, FOREVER);
      const deleted = waiting.delete(...keys);
      await other.write('0', 'newer');
      end(Buffer.from('x'));
      await Promise.all([before, deleted]);
      expect(await deleted).toBe(count === 1 ? 0 : 1);
      expect([await one.read('0'), waiting.readSync('0')]).toEqual(['newer', 'newer']);
      expect(await one.read('1')).toBe(count === 1 ? 'before' : 'absent');
      expect(await other.write('0', 'older', FOREVER, began)).toBe(false);
      expect(await one.read('0')).toBe('newer');
    },
  );

  it.each<[string, (key: string) => Promise<unknown>]>([
    ['a read', (key) => one.read(key)],
    ['a cleanup', () => one.store.prune()],
    ['the first cleanup', () => folder.open().store.prune()],
  ])('neither loses to %s what it sets over what has expired', async (_what, find) => {
    await one.store.prune();
    const now = folder.clock.now();
    // Whenever the time is asked for, the value may be set just then.
    for (let moment = 1, asked = Infinity; moment <= asked; moment++) {
      const key = `${moment}`;
      await one.write(key, 'old', { expiresAt: now + 1, tags: [] });
      asked = 0;
      const clock = jest.spyOn(folder.clock, 'now').mockImplementation(() => {
        if (++asked === moment) other.writeSync(key, 'new');
        return now + 1;
      });
      await find(key);
      clock.mockRestore();
      if (moment > asked) continue;
      expect([moment, await other.read(key), await one.read(key)]).toEqual([moment, 'new', 'new']);
      expect(readdirSync(folder.root, { recursive: true }).join()).not.toContain('.tmp-');
      await one.delete(key);
    }
  });

  it('neither is kept from its value by one of the other that is over', async () => {
    const began = other.store.now();
    await one.write('a', 'newer', { expiresAt: folder.clock.now() + 10, tags: [] });
    folder.clock.advance(10);
    expect(await other.write('a', 'loaded', FOREVER, began)).toBe(true);
    expect(await one.read('a')).toBe('loaded');
  });

  it('neither puts what it loaded in place of a newer value of the other that a tag has ended', async () => {
    const began = other.store.now();
    await one.write('a', 'newer', TAGGED);
    // It does not know the file, and leaves it where it is.
    await folder.open().store.invalidateTags(['tag']);
    expect(await other.write('a', 'older', FOREVER, began)).toBe(false);
    expect(await one.read('a')).toMatch(/absent|invalidated/);
    expect(await other.write('a', 'newest', FOREVER, other.store.now())).toBe(true);
    expect(await one.read('a')).toBe('newest');
  });

  it('each puts what it loaded in place of what is of a journal that was lost', async () => {
    for (let at = 0; at < 20; at++) await one.delete('b');
    await one.write('a', 'of the lost one');
    for (const name of readdirSync(folder.root))
      if (name.startsWith('journal-')) rmSync(join(folder.root, name));
    expect(await other.write('a', 'after', FOREVER, other.store.now())).toBe(true);
    expect(await one.read('a')).toBe('after');
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

  it('one gives up its own older values before newer ones of the other', async () => {
    const limited = folder.open({ maxEntries: 4 });
    for (const key of ['a', 'b', 'c', 'd']) await limited.write(key, key);
    await other.write('e', 'e');
    await other.write('f', 'f');
    await limited.store.prune();
    expect(await other.keys()).toEqual(['c', 'd', 'e', 'f']);
  });

  it('one does not give up what the other has just written anew, but the next one in its place', async () => {
    const limited = folder.open({ maxEntries: 3 });
    for (const key of ['a', 'b', 'c']) await limited.write(key, key);
    await other.write('a', 'anew');
    await limited.write('d', 'd');
    await limited.store.prune();
    expect(await other.read('a')).toBe('anew');
    expect(await other.keys()).toEqual(['a', 'c', 'd']);
    expect(folder.removed).toEqual(['evicted users/b']);
    expect(limited.store.index.count('users')).toBe(3);
  });

  it('one makes no more room than is needed where the other has made some', async () => {
    const limited = folder.open({ maxEntries: 4 });
    for (const key of ['a', 'b', 'c', 'd']) await limited.write(key, key);
    await other.delete('a');
    await limited.write('e', 'e');
    await limited.store.prune();
    expect(await other.keys()).toEqual(['b', 'c', 'd', 'e']);
    expect(folder.removed).toEqual(['deleted users/a']);
  });

  it.each<[string, (store: TextStore) => Promise<unknown>]>([
    ['a tag', (store) => store.store.invalidateTags(['tag'])],
    ['its category', (store) => store.store.clear('users')],
    ['everything', (store) => store.store.clear()],
  ])(
    'each knows of no key, and keeps no file, that the other has ended by %s',
    async (_what, end) => {
      for (let at = 0; at < 50; at++) await one.write(`${at}`, 'x', TAGGED);
      await one.store.prune();
      // It has few of the files in its index yet: for the others it changes the journal alone.
      const fresh = folder.open();
      expect(await fresh.read('none')).toBe('absent');
      await end(fresh);
      await fresh.store.close();
      await one.write('later', 'x', TAGGED);
      expect(await one.keys()).toEqual(['later']);
      await one.store.prune();
      expect(folder.files()).toHaveLength(1);
      expect(one.store.index.count('users')).toBe(1);
      expect(await one.read('later')).toBe('x');
      expect(folder.removed).toHaveLength(50);
      one.store.index.checkInvariants();
    },
  );

  it('each keeps what the other has written anew since it ended what was there', async () => {
    for (const key of ['a', 'b']) await one.write(key, 'before', TAGGED);
    await other.store.invalidateTags(['tag']);
    await other.write('a', 'after!', TAGGED);
    await one.store.prune();
    expect([await one.keys(), await other.keys()]).toEqual([['a'], ['a']]);
    expect(await one.read('a')).toBe('after!');
  });

  it('each goes on with what is of the journal that came in the place of a lost one', async () => {
    for (const key of ['a', 'b']) await one.write(key, 'before');
    await one.store.prune();
    for (const name of readdirSync(folder.root))
      if (name.startsWith('journal-')) rmSync(join(folder.root, name));
    await one.write('a', 'after');
    await one.store.prune();
    expect([await one.keys(), folder.files().length]).toEqual([['a'], 1]);
    expect(await one.read('a')).toBe('after');
  });

  it('both clean up at the same moment, and keep as much as may be there', async () => {
    const limits = { maxEntries: 100 };
    const [a, b] = [folder.open(limits), folder.open(limits)];
    for (let at = 0; at < 100; at++) {
      await a.write(`a${at}`, 'x');
      await b.write(`b${at}`, 'x');
    }
    // Each of them knows of its own uses alone, and ranks the other's files behind.
    for (let at = 0; at < 100; at++) {
      if (at % 3 === 0) await a.read(`a${at}`);
      if (at % 2 === 0) await b.read(`b${at}`);
    }
    await Promise.all([a.store.prune(), b.store.prune()]);
    expect(folder.files()).toHaveLength(100);
    expect(folder.removed).toHaveLength(100);
    for (const { store } of [a, b]) {
      await store.prune();
      expect(store.index.count('users')).toBe(100);
      store.index.checkInvariants();
    }
    expect(folder.files()).toHaveLength(100);
  });

  it('one that trims for long keeps the other from trimming, and not from being closed', async () => {
    const limited = folder.open({ maxEntries: 2 });
    for (const key of ['a', 'b', 'c']) await other.write(key, key);
    const lease = await new FileLeases(folder.root).take('0'.repeat(64));
    const pruned = limited.store.prune();
    await limited.write('d', 'd');
    await limited.store.close();
    expect((await pruned).evicted).toBe(0);
    await lease!.release();
    const next = folder.open({ maxEntries: 2 });
    await next.store.prune();
    expect(await other.keys()).toEqual(['c', 'd']);
  });

  it('one gives up what has a time in the future as if it was used when it was found', async () => {
    const limited = folder.open({ maxEntries: 2 });
    await other.write('future', 'x');
    const [path] = folder.files();
    utimesSync(path!, Date.now() / 1000 + 3600, Date.now() / 1000 + 3600);
    await limited.store.prune();
    for (const key of ['a', 'b']) await limited.write(key, key);
    await limited.store.prune();
    expect(await other.keys()).toEqual(['a', 'b']);
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
