import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CacheProcess } from './cache-processes.js';

let folder: string;
let directory: string;
let log: string;
const running: CacheProcess[] = [];

async function start(count: number): Promise<CacheProcess[]> {
  const started = await Promise.all(
    Array.from({ length: count }, () => CacheProcess.start(directory, log)),
  );
  running.push(...started);
  return started;
}

/** The keys that factories ran for, whoever ran them. */
function loads(): string[] {
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => line.slice(0, line.lastIndexOf(' '))).sort();
}

beforeAll(() => {
  if (!existsSync('dist/core.js')) throw new Error('these tests are of dist/: npm run build');
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cache-processes-'));
  directory = join(folder, 'cache');
  log = join(folder, 'loads');
});

afterEach(async () => {
  const ended = running.splice(0);
  await Promise.all(ended.map((each) => each.end('SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
  expect(ended.flatMap(({ unhandled }) => unhandled)).toEqual([]);
});

describe('Processes on one folder', () => {
  it('see no torn value, while all of them write and read the same keys', async () => {
    const all = await start(3);
    const seen = await Promise.all(
      all.map((each) => each.ask<{ hits: number; torn: number; failed: number }>('stress', 30)),
    );
    for (const { hits, torn, failed } of seen) {
      expect({ torn, failed }).toEqual({ torn: 0, failed: 0 });
      expect(hits).toBeGreaterThan(50);
    }
    await Promise.all(all.map((each) => each.ask('call', 'close')));
    const left = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => name.includes('.tmp-'))).toEqual([]);
  });

  const REMOVALS: [string, unknown[]][] = [
    ['delete', ['call', 'delete', 'key', { category: 'files' }]],
    ['deleteMany', ['call', 'deleteMany', ['other', 'key'], { category: 'files' }]],
    ['invalidateTags', ['call', 'invalidateTags', ['tag']]],
    ['clear(category)', ['call', 'clear', 'files']],
    ['clear()', ['call', 'clear']],
    ['set with a TTL of 0', ['call', 'set', 'key', 1, { category: 'files', ttl: 0 }]],
    ['file.deleteSync', ['file', 'deleteSync', 'key', { category: 'files' }]],
  ];

  it('see each invalidation of another with the next read of a file', async () => {
    const [one, two, three] = (await start(3)) as [CacheProcess, CacheProcess, CacheProcess];
    const at = { category: 'files' };
    for (let round = 0; round < 3; round++) {
      for (const [name, [task, ...args]] of REMOVALS) {
        await one.ask('call', 'set', 'key', name, { ...at, tags: ['tag'] });
        expect(await two.ask('call', 'get', 'key', at)).toMatchObject({ value: name });
        expect(await three.ask('file', 'getSync', 'key', at)).toMatchObject({ value: name });
        await one.ask(task as string, ...args);
        const seen = await Promise.all([
          two.ask('call', 'get', 'key', at),
          three.ask('file', 'getSync', 'key', at),
        ]);
        expect([name, ...seen.map(({ success }) => success)]).toEqual([name, false, false]);
      }
    }
  });

  it('keep nothing of a load that an invalidation of another has overtaken', async () => {
    const [one, two] = (await start(2)) as [CacheProcess, CacheProcess];
    const options = { value: 'old', hold: true, category: 'files', tags: ['tag'] };
    for (const [name, [task, ...args]] of REMOVALS) {
      const loading = one.ask('load', 'key', options);
      await one.loading('key');
      await two.ask(task as string, ...args);
      one.release('key');
      expect(await loading).toMatchObject({ success: true, value: 'old' });
      for (const each of [one, two]) {
        const { success } = await each.ask('call', 'get', 'key', { category: 'files' });
        expect([name, success]).toEqual([name, false]);
      }
    }
  });
});

describe("Processes that load with `lock: 'machine'`", () => {
  it('load each key once, and all have its value', async () => {
    const all = await start(4);
    const keys = Array.from({ length: 12 }, (_, at) => `key ${at}`);
    const values = await Promise.all(all.map((each) => each.ask<unknown[]>('loadAll', keys, 5)));
    expect(loads()).toEqual([...keys].sort());
    for (const own of values) expect(own).toEqual(values[0]);
    expect(new Set(values[0]).size).toBe(keys.length);
    // Leases are given back when callers have had their answers.
    await Promise.all(all.map((each) => each.ask('call', 'close')));
    expect(readdirSync(join(directory, 'v1', 'locks'))).toEqual([]);
  });

  it('wait for a slow holder, and then have what he has loaded', async () => {
    const [holder, ...others] = (await start(3)) as [CacheProcess, ...CacheProcess[]];
    const first = holder.ask('load', 'key', { value: 'slow', hold: true });
    await holder.loading('key');
    const waiting = others.map((each) => each.ask('load', 'key', { value: 'other' }));
    // They go on with what they find: nothing, yet.
    for (const each of others) {
      expect(await each.ask('call', 'has', 'key', { category: 'shared' })).toBe(false);
    }
    holder.release('key');
    expect(await first).toMatchObject({ value: 'slow', source: 'function' });
    for (const answer of await Promise.all(waiting)) {
      expect(answer).toMatchObject({ value: 'slow', source: 'file' });
    }
    expect(loads()).toEqual(['key']);
  });

  it('take over from a holder that is killed', async () => {
    const [holder, ...others] = (await start(3)) as [CacheProcess, ...CacheProcess[]];
    const lost = holder.ask('load', 'key', { value: 'never', hold: true });
    lost.catch(() => {});
    await holder.loading('key');
    const waiting = others.map((each) => each.ask('load', 'key', { value: 'taken over' }));
    const taken = Promise.race(others.map((each) => each.loading('key')));
    await others[0]!.ask('stats');
    const killedAt = Date.now();
    await holder.end('SIGKILL');
    process.stdout.write(`taken over ${(await taken) - killedAt} ms after the holder's death\n`);
    for (const answer of await Promise.all(waiting)) {
      expect(answer).toMatchObject({ success: true, value: 'taken over' });
    }
    // One of the two others, once.
    expect(loads()).toEqual(['key', 'key']);
    for (const each of others) await each.ask('call', 'close');
    expect(readdirSync(join(directory, 'v1', 'locks'))).toEqual([]);
  });

  it('do not keep the late value of a holder that had fallen silent', async () => {
    const [holder, other] = (await start(2)) as [CacheProcess, CacheProcess];
    const late = holder.ask('load', 'key', { value: 'older', hold: true });
    await holder.loading('key');
    holder.signal('SIGSTOP');
    // As if it had been silent for long already.
    const locks = join(directory, 'v1', 'locks');
    for (const name of readdirSync(locks)) utimesSync(join(locks, name), 1000, 1000);
    expect(await other.ask('load', 'key', { value: 'newer' })).toMatchObject({ value: 'newer' });
    holder.signal('SIGCONT');
    holder.release('key');
    expect(await late).toMatchObject({ success: true, value: 'older' });
    await holder.ask('call', 'close');
    const at = { category: 'shared' };
    expect(await other.ask('file', 'get', 'key', at)).toMatchObject({ value: 'newer' });
    expect(loads()).toEqual(['key', 'key']);
    await other.ask('call', 'close');
    expect(readdirSync(locks)).toEqual([]);
  });

  it('do not wait for a value that the holder could not load, nor hand its error on', async () => {
    const [holder, other] = (await start(2)) as [CacheProcess, CacheProcess];
    const failing = holder.ask('load', 'key', { hold: true, fail: true });
    await holder.loading('key');
    const waiting = other.ask('load', 'key', { value: 'own' });
    holder.release('key');
    expect(await failing).toMatchObject({ success: false, source: 'function' });
    expect(await waiting).toMatchObject({ success: true, value: 'own', source: 'function' });
  });

  it('load all the same where the folder cannot be used', async () => {
    writeFileSync(directory, 'in the way');
    const all = await start(2);
    const answers = await Promise.all(all.map((each) => each.ask('load', 'key', { value: 'own' })));
    for (const answer of answers) expect(answer).toMatchObject({ success: true, value: 'own' });
    expect(loads()).toEqual(['key', 'key']);
  });

  it('load all the same where there is no place for leases', async () => {
    const [one] = (await start(1)) as [CacheProcess];
    await one.ask('load', 'first', { value: 1 });
    const locks = join(directory, 'v1', 'locks');
    rmSync(locks, { recursive: true });
    writeFileSync(locks, 'in the way');
    const [two] = (await start(1)) as [CacheProcess];
    for (const each of [one, two]) {
      expect(await each.ask('load', `of ${each.pid}`, { value: 'own' })).toMatchObject({
        success: true,
        value: 'own',
      });
    }
  });
});
