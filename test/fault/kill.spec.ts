import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CacheProcess } from './support/cache-process.js';
import { Child } from './support/child.js';
import { createPlace, temporariesIn, type Place } from './support/place.js';

const KILLS = 100;
const WRITERS = 3;

interface Told {
  readonly wrong?: string;
  readonly served?: string;
  readonly rounds?: number;
}

interface Kept {
  readonly key: string;
  readonly size: number;
  readonly checksum: number;
  readonly bytes: Uint8Array;
}

let place: Place;

beforeEach(() => {
  place = createPlace();
});

afterEach(() => place.remove());

describe('kill -9', () => {
  it('while three processes write, a hundred times over, tears nothing and leaves nothing', async () => {
    const wrong: string[] = [];
    let served = 0;
    let cutOff = 0;
    let left = KILLS;
    /** Starts one after the other, and kills each after a few rounds of its work. */
    const killAgain = async (name: string): Promise<void> => {
      while (left-- > 0) {
        const child = new Child('writer.mjs', { args: [place.directory, name] });
        let rounds = 1 + Math.floor(Math.random() * 6);
        child.hear((message) => {
          const told = message as Told;
          if (told.wrong !== undefined) wrong.push(told.wrong);
          if (told.served !== undefined) served++;
          if (told.rounds !== undefined && --rounds === 0) child.kill();
        });
        const ended = await child.ended;
        cutOff += temporariesIn(place.directory).length;
        if (ended.with !== 'SIGKILL' || ended.stderr !== '') wrong.push(JSON.stringify(ended));
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, at) => killAgain(`writer ${at}`)));
    expect(wrong).toEqual([]);
    expect(served).toBeGreaterThan(KILLS);
    // Otherwise it has not hit what it was meant to hit.
    expect(cutOff).toBeGreaterThan(0);

    const cache = await CacheProcess.open({
      file: { directory: place.directory },
      categories: { default: { tiers: ['file'] } },
    });
    await cache.call('cleanup');
    expect(temporariesIn(place.directory)).toEqual([]);
    expect(readdirSync(join(place.directory, 'v1', 'peers'))).toHaveLength(1);
    const keys = await cache.call<string[]>('file.keys');
    expect(keys).not.toEqual([]);
    for (const key of keys) {
      const { success, value } = await cache.call<{ success: boolean; value: Kept }>('get', key);
      expect([key, success, value.key, value.bytes.length]).toEqual([key, true, key, value.size]);
      expect([key, crc32(value.bytes)]).toEqual([key, value.checksum]);
    }
    const { fileCache } = await cache.stats();
    expect(fileCache).toMatchObject({ errors: 0, entries: keys.length });
    expect(await cache.log()).toEqual([]);
    await cache.close();
    rmSync(place.directory, { recursive: true });
  });
});
