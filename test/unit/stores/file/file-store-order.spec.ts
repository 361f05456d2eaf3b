import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FOREVER, StoreFolder, type TextStore } from './store-folder.js';

let folder: StoreFolder;
let store: TextStore;

beforeEach(() => {
  folder = new StoreFolder();
  store = folder.open();
});

afterEach(() => folder.remove());

describe('Operations on one key', () => {
  it('take effect in the order of the calls, with a thousand other keys about', async () => {
    const keys = Array.from({ length: 50 }, (_, at) => `key ${at}`);
    const reads = keys.map(async (key) => {
      const results = await Promise.all([
        store.write(key, 'x'.repeat(100_000)),
        store.write(key, 'short'),
        store.read(key),
        store.write(key, 'last'),
        store.read(key),
      ]);
      return [results[2], results[4]];
    });
    for (const read of await Promise.all(reads)) expect(read).toEqual(['short', 'last']);
    expect(folder.files()).toHaveLength(50);
  });

  it('leave what the last of them left, whatever kinds they were', async () => {
    await Promise.all([store.write('a', '1'), store.delete('a'), store.write('a', '2')]);
    await Promise.all([store.write('b', '1'), store.write('b', '2'), store.delete('b')]);
    expect(await Promise.all([store.read('a'), store.read('b')])).toEqual(['2', 'absent']);
  });

  it('wait for bytes that are still being made', async () => {
    let give!: (bytes: Uint8Array) => void;
    const bytes = new Promise<Uint8Array>((resolve) => {
      give = resolve;
    });
    const address = { category: 'users', key: 'a' };
    const written = store.store.write(address, bytes, { expiresAt: Infinity, tags: [] });
    const read = store.read('a');
    give(Buffer.from('made late'));
    expect(await Promise.all([written, read])).toEqual(['kept', 'made late']);
  });

  it('leave nothing when the bytes cannot be made, not even what was there', async () => {
    await store.write('a', 'before');
    const bytes = Promise.reject<Uint8Array>(new Error('cannot be made'));
    const address = { category: 'users', key: 'a' };
    const written = store.store.write(address, bytes, { expiresAt: Infinity, tags: [] });
    await expect(written).rejects.toThrow('cannot be made');
    expect(await store.read('a')).toBe('absent');
    expect(folder.files()).toEqual([]);
  });

  it.each<[string, (limited: TextStore) => Promise<unknown>]>([
    ['is too large', (limited) => limited.write('a', 'x'.repeat(5000))],
    ['cannot be made', (limited) => writeFailing(limited, Promise.reject(new Error('in vain')))],
  ])('keep the last of them when the one before it %s', async (_what, fail) => {
    const limited = folder.open({ maxBytes: 2000 });
    await limited.write('a', 'before');
    const began = limited.store.now();
    const [, written] = await Promise.all([fail(limited), limited.write('a', 'new')]);
    expect([written, await limited.read('a')]).toEqual([true, 'new']);
    expect(await limited.write('a', 'older', FOREVER, began)).toBe(false);
    expect(await store.read('a')).toBe('new');
  });

  it('leave nothing when none of them can be kept, nor what a load finds that began before', async () => {
    const limited = folder.open({ maxBytes: 2000 });
    await limited.write('a', 'before');
    const began = limited.store.now();
    await Promise.all([5000, 6000].map((size) => limited.write('a', 'x'.repeat(size))));
    expect(await limited.write('a', 'older', FOREVER, began)).toBe(false);
    expect(await store.read('a')).toBe('absent');
  });

  it('leave what another process has written since the one that fails began', async () => {
    const other = folder.open();
    let fail!: (error: Error) => void;
    const failing = writeFailing(
      store,
      new Promise((_resolve, reject) => {
        fail = reject;
      }),
    );
    await other.write('a', 'of the other');
    fail(new Error('in vain'));
    await failing;
    expect(await store.read('a')).toBe('of the other');
  });
});

/** A user's write whose bytes cannot be made. */
async function writeFailing(to: TextStore, bytes: Promise<Uint8Array>): Promise<void> {
  const written = to.store.write({ category: 'users', key: 'a' }, bytes, FOREVER);
  await expect(written).rejects.toThrow('in vain');
}

describe('A synchronous operation', () => {
  it('is not undone by older asynchronous ones', async () => {
    const older = [store.write('a', 'older'), store.write('a', 'older still')];
    store.writeSync('a', 'sync');
    expect(store.readSync('a')).toBe('sync');
    await older[0];
    expect(store.readSync('a')).toBe('sync');
    await older[1];
    expect(store.readSync('a')).toBe('sync');
    expect(await store.read('a')).toBe('sync');
  });

  it('is followed by newer ones', async () => {
    const older = store.write('a', 'older');
    store.writeSync('a', 'sync');
    const newer = store.write('a', 'newer');
    expect(store.readSync('a')).toBe('sync');
    await Promise.all([older, newer]);
    expect(await store.read('a')).toBe('newer');
  });

  it('leaves newer ones alone when it cannot be done again', async () => {
    const limits = { maxBytes: 10_000 };
    const limited = folder.open(limits);
    const older = limited.write('a', 'older');
    limited.writeSync('a', 'x'.repeat(5000));
    const newer = limited.write('a', 'newer');
    limits.maxBytes = 2000;
    await older;
    expect([await newer, await limited.read('a')]).toEqual([true, 'newer']);
  });

  it('removes what older ones write after it', async () => {
    await store.write('a', 'before');
    const older = [store.read('a'), store.write('a', 'older')];
    expect(store.deleteSync('a')).toBe(true);
    expect(store.readSync('a')).toBe('absent');
    await Promise.all(older);
    expect(await store.read('a')).toBe('absent');
    expect(folder.files()).toEqual([]);
    expect(store.store.index.count('users')).toBe(0);
  });

  it('may be followed by another', async () => {
    const older = [store.write('a', 'older'), store.read('a')];
    store.writeSync('a', 'one');
    store.deleteSync('a');
    store.writeSync('a', 'two');
    expect(store.readSync('a')).toBe('two');
    await Promise.all(older);
    expect(await store.read('a')).toBe('two');
  });

  it.each<[string, () => Promise<unknown> | unknown]>([
    ['clear', () => store.store.clear()],
    ['clear of its category', () => store.store.clear('users')],
    ['its tag', () => store.store.invalidateTags(['tag'])],
  ])('is not done again, for the sake of an older one, after %s', async (_by, invalidate) => {
    await store.write('a', 'before');
    const older = store.read('a');
    store.writeSync('a', 'sync', { expiresAt: Infinity, tags: ['tag'] });
    await invalidate();
    expect(store.readSync('a')).not.toBe('sync');
    await older;
    expect(await store.read('a')).not.toBe('sync');
    expect(store.store.index.count('users')).toBe(0);
  });

  it('keeps what it was given, whatever becomes of the buffer', async () => {
    const older = store.write('a', 'older');
    const bytes = Buffer.from('given');
    store.store.writeSync({ category: 'users', key: 'a' }, bytes, {
      expiresAt: Infinity,
      tags: [],
    });
    bytes.fill(0);
    await older;
    expect(await store.read('a')).toBe('given');
  });

  it('is told whether there was something fresh', async () => {
    expect(store.deleteSync('a')).toBe(false);
    store.writeSync('a', 'a', { expiresAt: folder.clock.now() + 10, tags: [] });
    folder.clock.advance(10);
    expect(store.deleteSync('a')).toBe(false);
    store.writeSync('a', 'a');
    expect([store.deleteSync('a'), store.deleteSync('a')]).toEqual([true, false]);
  });

  it('gives why there is nothing, and removes what is damaged or over', async () => {
    store.writeSync('a', 'a', { expiresAt: folder.clock.now() + 10, tags: [] });
    store.writeSync('b', 'b');
    const [one, other] = folder.files();
    folder.clock.advance(10);
    expect(store.readSync('a')).toBe('expired');
    expect(folder.files()).toHaveLength(1);
    writeFileSync(folder.files()[0]!, 'damaged');
    expect(store.readSync('b')).toBe('damaged');
    expect([one, other, ...folder.files()]).toHaveLength(2);
    expect(store.readSync('b')).toBe('absent');
    expect(folder.removed).toEqual(['expired users/a']);
  });

  describe('beside what another process writes while older operations are under way', () => {
    const NEW = 'new, of the other';
    const address = { category: 'users', key: 'a' };
    let other: TextStore;
    /** Ends the older operation. */
    let end: () => void;
    let older: Promise<unknown>;

    afterEach(() => end());

    type Older = [string, (bytes: Promise<Uint8Array>) => Promise<unknown>];
    const OLDER: Older[] = [
      ['a write', (bytes) => store.store.write(address, bytes, FOREVER)],
      ['a read', (bytes) => behind(bytes, () => store.read('a'))],
      ['a deletion', (bytes) => behind(bytes, () => store.delete('a'))],
    ];

    /** One that waits for another of the key. */
    async function behind(bytes: Promise<Uint8Array>, run: () => Promise<unknown>): Promise<void> {
      await Promise.all([store.store.write(address, bytes, FOREVER), run()]);
    }

    async function begin(run: Older[1]): Promise<void> {
      await store.write('a', 'before');
      other = folder.open();
      older = run(
        new Promise((resolve) => {
          end = () => resolve(Buffer.from('older'));
        }),
      );
    }

    it.each(OLDER)('leaves that in its place after it has written: %s', async (_what, run) => {
      await begin(run);
      store.writeSync('a', 'sync');
      await other.write('a', NEW);
      expect([await other.read('a'), store.readSync('a')]).toEqual([NEW, NEW]);
      end();
      await older;
      expect([await other.read('a'), await store.read('a')]).toEqual([NEW, NEW]);
      expect(store.readSync('a')).toBe(NEW);
    });

    it.each(OLDER)('leaves that in its place after it has removed: %s', async (_what, run) => {
      await begin(run);
      store.deleteSync('a');
      await other.write('a', NEW);
      expect([await other.read('a'), store.readSync('a')]).toEqual([NEW, NEW]);
      end();
      await older;
      expect([await other.read('a'), await store.read('a')]).toEqual([NEW, NEW]);
    });

    it.each(OLDER)(
      'brings back nothing that the other has removed since: %s',
      async (_what, run) => {
        await begin(run);
        store.writeSync('a', 'sync');
        await other.delete('a');
        expect(store.readSync('a')).toMatch(/absent|invalidated/);
        end();
        await older;
        expect([await other.read('a'), await store.read('a')]).toEqual(['absent', 'absent']);
        expect(folder.files()).toEqual([]);
      },
    );

    it('takes the place of what an older one had on its way, and leaves no other file', async () => {
      await begin(OLDER[1]![1]);
      const [path] = folder.files();
      const onItsWay = readFileSync(path!);
      store.writeSync('a', 'sync');
      writeFileSync(path!, onItsWay);
      end();
      await older;
      expect(await other.read('a')).toBe('sync');
      await store.store.close();
      expect(readdirSync(dirname(path!))).toEqual([basename(path!)]);
    });

    it('leaves it where its own is too large to be kept', async () => {
      const limits = { maxBytes: Infinity };
      store = folder.open(limits);
      await begin(OLDER[0]![1]);
      limits.maxBytes = 2000;
      store.writeSync('a', 'x'.repeat(5000));
      await other.write('a', NEW);
      end();
      await older;
      expect([await other.read('a'), await store.read('a')]).toEqual([NEW, NEW]);
    });
  });
});

describe('A deletion of several keys', () => {
  it('is told of each key as its file goes, not of all at their end', async () => {
    for (const key of ['a', 'b']) await store.write(key, 'x');
    let end!: (bytes: Uint8Array) => void;
    const bytes = new Promise<Uint8Array>((resolve) => {
      end = resolve;
    });
    const waiting = store.store.write({ category: 'users', key: 'b' }, bytes, FOREVER);
    const deleted = store.delete('a', 'b');
    // Runs behind the deletion of its key, and before that of the other has begun.
    await store.read('a');
    const told = [...folder.removed];
    end(Buffer.from('y'));
    await waiting;
    await deleted;
    expect(told).toEqual(['deleted users/a']);
  });
});
