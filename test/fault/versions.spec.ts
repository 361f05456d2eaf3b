import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CacheProcess } from './support/cache-process.js';
import { createPlace, fileOf, pathsIn, type Place } from './support/place.js';

let place: Place;
let directory: string;

beforeEach(() => {
  place = createPlace();
  ({ directory } = place);
});

afterEach(() => place.remove());

const open = (): Promise<CacheProcess> =>
  CacheProcess.open({ file: { directory }, categories: { default: { tiers: ['file'] } } });

/** Whole and well-made, but of the version after this one: see file-record.ts. */
function makeRecordLater(path: string): void {
  const bytes = readFileSync(path);
  const header = bytes.subarray(0, bytes.readUInt32LE(4));
  expect(header[3]).toBe(1);
  header[3] = 2;
  header.writeUInt32LE(crc32(header.subarray(12), crc32(header.subarray(0, 8))), 8);
  writeFileSync(path, bytes);
}

/** As above, of what is in the file: see envelope.ts. */
function makeEnvelopeLater(path: string, key: string): void {
  const bytes = readFileSync(path);
  const envelope = bytes.subarray(bytes.readUInt32LE(4));
  expect([...envelope.subarray(0, 3)]).toEqual([...Buffer.from('NT'), 1]);
  const checksum = (): number => {
    const start = crc32(JSON.stringify(['default', key]));
    return crc32(envelope.subarray(8), crc32(envelope.subarray(0, 4), start));
  };
  // The checksum is made as it should be, so that the version alone is what is refused.
  expect(envelope.readUInt32LE(4)).toBe(checksum());
  envelope[2] = 2;
  envelope.writeUInt32LE(checksum(), 4);
  writeFileSync(path, bytes);
}

const LATER: Record<string, (path: string, key: string) => void> = {
  record: makeRecordLater,
  envelope: makeEnvelopeLater,
};

describe('Two versions of the format in one folder', () => {
  it.each(Object.keys(LATER))(
    'a %s of a later one is a miss, and is written anew',
    async (what) => {
      const keys = ['read', 'read at once', 'loaded', 'set'];
      const cache = await open();
      for (const key of [...keys, 'other']) await cache.call('set', key, 'old');
      // The folder has been looked through: what comes now is found by reads alone.
      await cache.call('file.keys');
      for (const key of keys) LATER[what]!(fileOf(directory, key), key);
      for (const [method, key] of [
        ['get', 'read'],
        ['file.getSync', 'read at once'],
      ] as const) {
        const { success, error } = await cache.call(method, key);
        expect([method, success, error]).toEqual([method, false, undefined]);
      }
      expect(await cache.wrap('loaded', 'new')).toEqual({ loads: 1, values: ['new'] });
      expect((await cache.stats()).fileCache.errors).toBe(3);
      for (const key of keys) {
        expect(await cache.call('set', key, 'new')).toMatchObject({ success: true });
        expect(await cache.call('get', key)).toMatchObject({ value: 'new' });
      }
      await cache.close();
      for (const key of keys) LATER[what]!(fileOf(directory, key), key);
      const next = await open();
      await next.call('cleanup');
      for (const key of keys) expect(await next.call('get', key)).toMatchObject({ success: false });
      expect(await next.call('get', 'other')).toMatchObject({ value: 'old' });
      expect(await next.log()).toEqual([]);
      await next.close();
    },
  );

  it('a v2 beside v1 is left alone by everything', async () => {
    const first = await open();
    await first.call('set', 'key', 'old');
    await first.close();
    const v2 = join(directory, 'v2');
    mkdirSync(join(v2, 'ab'), { recursive: true });
    for (const name of ['journal-00000009', 'ab/.tmp-1-1-1', 'ab/entry', 'index.db']) {
      writeFileSync(join(v2, name), `content of ${name}`);
    }
    writeFileSync(join(directory, 'README'), 'not ours');
    const content = (): [string, string][] =>
      pathsIn(directory)
        .filter((path) => !path.startsWith('v1') && statSync(join(directory, path)).isFile())
        .map((path) => [path, readFileSync(join(directory, path), 'utf8')]);
    const before = content();
    expect(before).toHaveLength(5);
    const cache = await open();
    expect(await cache.call('get', 'key')).toMatchObject({ value: 'old' });
    await cache.call('set', 'key', 'new', { tags: ['tag'] });
    await cache.call('invalidateTags', ['tag']);
    await cache.call('cleanup');
    await cache.call('clear');
    await cache.call('cleanup');
    expect(await cache.log()).toEqual([]);
    await cache.close();
    expect(content()).toEqual(before);
  });

  it('a journal of a later one invalidates what was there, and is followed by ours', async () => {
    const first = await open();
    await first.call('set', 'key', 'old');
    await first.close();
    const root = join(directory, 'v1');
    const journal = join(
      root,
      readdirSync(root).find((name) => name.startsWith('journal-'))!,
    );
    const text = readFileSync(journal, 'utf8');
    expect(text).toContain('"format":1');
    // Its lines carry checksums: this one is of a format of which nothing is known.
    writeFileSync(journal, text.replace('"format":1', '"format":2'));
    const cache = await open();
    expect(await cache.call('get', 'key')).toMatchObject({ success: false });
    expect(await cache.wrap('key', 'new')).toEqual({ loads: 1, values: ['new'] });
    expect(await cache.call('get', 'key')).toMatchObject({ value: 'new' });
    expect(await cache.log()).toEqual([]);
    await cache.close();
    const next = await open();
    expect(await next.call('get', 'key')).toMatchObject({ value: 'new' });
    await next.close();
    expect(existsSync(journal)).toBe(false);
  });
});
