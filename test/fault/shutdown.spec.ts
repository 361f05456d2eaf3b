import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CacheProcess } from './support/cache-process.js';
import { Child } from './support/child.js';
import { createPlace, entriesIn, temporariesIn, type Place } from './support/place.js';

let place: Place;

beforeEach(() => {
  place = createPlace();
});

afterEach(() => place.remove());

/** All of them are there for another process, and nothing else is. */
async function expectOnDisk(count: number, category = 'default'): Promise<void> {
  const tiers = { tiers: ['file' as const] };
  const cache = await CacheProcess.open({
    maxEntriesPerCategory: 20_000,
    file: { directory: place.directory },
    categories: {
      default: tiers,
      packed: { ...tiers, compression: { algorithm: 'gzip', threshold: 1 } },
    },
  });
  const keys = Array.from({ length: count }, (_, at) => `key ${at}`);
  const results = await cache.call<{ value?: unknown }[]>('getMany', keys, { category });
  const missing = keys.filter((_, at) => (results[at]!.value as { at?: number })?.at !== at);
  expect(missing).toEqual([]);
  expect((await cache.stats()).fileCache.errors).toBe(0);
  await cache.close();
  expect(temporariesIn(place.directory)).toEqual([]);
}

describe('close, called while writes wait', () => {
  it.each([
    ['set', 1000],
    ['mixed', 10_000],
    ['wrap', 3000],
    ['wrap', 1],
    ['compressed wrap', 1],
    ['compressed wrap', 300],
    ['locked wrap', 1],
    ['locked wrap', 100],
    ['file.set', 1],
  ])('ends when all that was started is on disk: %s, %i times', async (call, count) => {
    const child = new Child('shutdown.mjs', { args: [place.directory, call, String(count)] });
    expect(await child.ended).toEqual({ with: 0, stdout: '', stderr: '' });
    await expectOnDisk(count, call === 'compressed wrap' ? 'packed' : 'default');
  });
});

describe('close, called while factories run', () => {
  it('does not wait for them, and their callers have what they answer', async () => {
    const child = new Child('late-answers.mjs', { args: [place.directory] });
    expect(await child.ended).toEqual({ with: 0, stdout: '[0,1,2]\n', stderr: '' });
    expect(entriesIn(place.directory)).toEqual([]);
    expect(temporariesIn(place.directory)).toEqual([]);
  });
});

describe('A Nest application that is told to end while writes wait', () => {
  it('keeps them', async () => {
    const child = new Child('nest-shutdown.mjs', { args: [place.directory, '2000'] });
    await child.message<{ waiting?: boolean }>(({ waiting }) => waiting === true);
    child.kill('SIGTERM');
    expect(await child.ended).toEqual({ with: 'SIGTERM', stdout: '', stderr: '' });
    await expectOnDisk(2000);
  });
});
