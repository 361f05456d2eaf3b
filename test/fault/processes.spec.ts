import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CacheProcess } from './support/cache-process.js';
import { Child } from './support/child.js';
import { createPlace, temporariesIn, type Place } from './support/place.js';

let place: Place;
let directory: string;
let locks: string;

beforeEach(() => {
  place = createPlace();
  ({ directory } = place);
  locks = join(directory, 'v1', 'locks');
});

afterEach(() => place.remove());

const open = (): Promise<CacheProcess> =>
  CacheProcess.open({
    file: { directory },
    categories: {
      default: { tiers: ['file'] },
      shared: { tiers: ['memory', 'file'], lock: 'machine' },
    },
  });
const openTwo = () => Promise.all([open(), open()]);
const openThree = () => Promise.all([open(), open(), open()]);

const close = (...processes: CacheProcess[]): Promise<unknown> =>
  Promise.all(processes.map((each) => each.close()));

/** The keys that factories ran for, in whichever process. */
const loadsOf = (...processes: CacheProcess[]): string[] => processes.flatMap(({ loads }) => loads);

describe('Processes on one folder', () => {
  it('see no torn value, while all of them write and read the same keys', async () => {
    const told: object[] = [];
    const writers = ['one', 'two', 'three'].map(
      (name) => new Child('writer.mjs', { args: [directory, name, '60', '6'] }),
    );
    for (const writer of writers) writer.hear((message) => told.push(message as object));
    const ended = await Promise.all(writers.map((writer) => writer.ended));
    for (const each of ended) expect(each).toMatchObject({ with: 0, stderr: '' });
    expect(told.filter((each) => 'wrong' in each)).toEqual([]);
    expect(told.filter((each) => 'served' in each).length).toBeGreaterThan(150);
    expect(temporariesIn(directory)).toEqual([]);
  });

  const REMOVALS: [string, ...unknown[]][] = [
    ['delete', 'key'],
    ['deleteMany', ['other', 'key']],
    ['invalidateTags', ['tag']],
    ['clear', 'default'],
    ['clear'],
    ['set', 'key', 'of no time to live', { ttl: 0 }],
    ['file.deleteSync', 'key'],
  ];

  it('see each invalidation of another with the next read of a file', async () => {
    const [one, two, three] = await openThree();
    for (let round = 0; round < 3; round++) {
      for (const removal of REMOVALS) {
        await one.call('set', 'key', round, { tags: ['tag'] });
        expect(await two.call('get', 'key')).toMatchObject({ value: round });
        expect(await three.call('file.getSync', 'key')).toMatchObject({ value: round });
        await one.call(...removal);
        const seen = await Promise.all([two.call('get', 'key'), three.call('file.getSync', 'key')]);
        expect([removal, ...seen.map(({ success }) => success)]).toEqual([removal, false, false]);
      }
    }
    await close(one, two, three);
  });

  it('keep nothing of a load that an invalidation of another has overtaken', async () => {
    const [one, two] = await openTwo();
    for (const removal of REMOVALS) {
      const loading = one.load('key', 'old', { hold: true, tags: ['tag'] });
      await one.loading('key');
      await two.call(...removal);
      await one.release('key');
      expect(await loading).toMatchObject({ success: true, value: 'old' });
      for (const each of [one, two]) {
        const { success } = await each.call('get', 'key');
        expect([removal, success]).toEqual([removal, false]);
      }
    }
    await close(one, two);
  });
});

describe("Processes that load with `lock: 'machine'`", () => {
  const category = 'shared';

  it('load each key once, and all have its value', async () => {
    const all = await Promise.all([open(), open(), open(), open()]);
    const keys = Array.from({ length: 12 }, (_, at) => `key ${at}`);
    const answers = await Promise.all(
      keys.map((key) =>
        Promise.all(all.map((each, at) => each.wrap(key, `${key} of ${at}`, { category }, 5))),
      ),
    );
    for (const ofKey of answers) {
      expect(ofKey.reduce((sum, { loads }) => sum + loads, 0)).toBe(1);
      expect(new Set(ofKey.flatMap(({ values }) => values)).size).toBe(1);
    }
    // Leases are given back when callers have had their answers.
    await close(...all);
    expect(readdirSync(locks)).toEqual([]);
  });

  it('wait for a slow holder, and then have what he has loaded', async () => {
    const [holder, ...others] = await openThree();
    const first = holder.load('key', 'slow', { category, hold: true });
    await holder.loading('key');
    const waiting = others.map((each) => each.load('key', 'other', { category }));
    // They go on with what they find: nothing, yet.
    for (const each of others) expect(await each.call('has', 'key', { category })).toBe(false);
    await holder.release('key');
    expect(await first).toMatchObject({ value: 'slow', source: 'function' });
    for (const answer of await Promise.all(waiting)) {
      expect(answer).toMatchObject({ value: 'slow', source: 'file' });
    }
    expect(loadsOf(holder, ...others)).toEqual(['key']);
    await close(holder, ...others);
  });

  it('take over from a holder that is killed', async () => {
    const [holder, ...others] = await openThree();
    holder.load('key', 'never', { category, hold: true }).catch(() => {});
    await holder.loading('key');
    const waiting = others.map((each) => each.load('key', 'taken over', { category }));
    await Promise.all(others.map((each) => each.stats()));
    await holder.kill();
    for (const answer of await Promise.all(waiting)) {
      expect(answer).toMatchObject({ success: true, value: 'taken over' });
    }
    // One of the two others, once.
    expect(loadsOf(holder, ...others)).toEqual(['key', 'key']);
    await close(...others);
    expect(readdirSync(locks)).toEqual([]);
  });

  it('do not keep the late value of a holder that had fallen silent', async () => {
    const [holder, other] = await openTwo();
    const late = holder.load('key', 'older', { category, hold: true });
    await holder.loading('key');
    holder.signal('SIGSTOP');
    // As if it had been silent for long already.
    for (const name of readdirSync(locks)) utimesSync(join(locks, name), 1000, 1000);
    expect(await other.load('key', 'newer', { category })).toMatchObject({ value: 'newer' });
    holder.signal('SIGCONT');
    await holder.release('key');
    expect(await late).toMatchObject({ success: true, value: 'older' });
    await close(holder);
    expect(await other.call('file.get', 'key', { category })).toMatchObject({ value: 'newer' });
    expect(loadsOf(holder, other)).toEqual(['key', 'key']);
    await close(other);
    expect(readdirSync(locks)).toEqual([]);
  });

  it('do not wait for a value that the holder could not load, nor hand its error on', async () => {
    const [holder, other] = await openTwo();
    const failing = holder.load('key', 'never', { category, hold: true, fail: true });
    await holder.loading('key');
    const waiting = other.load('key', 'own', { category });
    await holder.release('key');
    expect(await failing).toMatchObject({ success: false, source: 'function' });
    expect(await waiting).toMatchObject({ success: true, value: 'own', source: 'function' });
    await close(holder, other);
  });

  it('load all the same where the folder cannot be used', async () => {
    writeFileSync(directory, 'in the way');
    const all = await openTwo();
    const answers = await Promise.all(all.map((each) => each.load('key', 'own', { category })));
    for (const answer of answers) expect(answer).toMatchObject({ success: true, value: 'own' });
    expect(loadsOf(...all)).toEqual(['key', 'key']);
    await close(...all);
  });

  it('load all the same where there is no place for leases', async () => {
    const one = await open();
    await one.load('first', 1, { category });
    rmSync(locks, { recursive: true });
    writeFileSync(locks, 'in the way');
    const two = await open();
    for (const [key, each] of Object.entries({ one, two })) {
      const answer = await each.load(key, 'own', { category });
      expect(answer).toMatchObject({ success: true, value: 'own' });
    }
    await close(one, two);
  });
});
