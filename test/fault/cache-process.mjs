/**
 * A process with a cache of its own: `fork(cache-process.mjs, [directory, log])`. It does what it is
 * asked by messages `{ id, task, args }`, and answers with `{ id, answer }`. A factory that runs
 * appends a line to the log and says so with `{ loading, at }`; one that is held waits for `{ release }`.
 */
import fs from 'node:fs';
import { createCache } from '../../dist/core.js';

const [, , directory, log] = process.argv;
const BOTH = ['memory', 'file'];
const quiet = { warn() {}, error() {} };
const cache = createCache({
  file: { directory, maxEntriesPerCategory: 10_000 },
  cleanup: false,
  logger: quiet,
  categories: { shared: { tiers: BOTH, lock: 'machine' }, files: { tiers: ['file'] } },
});
const held = new Map();

/** A value that shows whether it is whole. */
function wholeValue(size) {
  const byte = Math.floor(Math.random() * 256);
  return { size, byte, bytes: Buffer.alloc(size, byte) };
}

function isWhole({ size, byte, bytes }) {
  return bytes.length === size && bytes.equals(Buffer.alloc(size, byte));
}

const SIZES = [64, 1000, 5000, 70_000, 1_000_000];
const pick = (list) => list[Math.floor(Math.random() * list.length)];

const tasks = {
  call: (method, ...args) => cache[method](...args),
  file: (method, ...args) => cache.file[method](...args),
  stats: () => cache.getStats(),

  /** Loads a key; the value is the process's own. */
  load(key, { value, hold = false, fail = false, ...options }) {
    return cache.getOrSet(
      key,
      async () => {
        fs.appendFileSync(log, `${key} ${process.pid}\n`);
        process.send({ loading: key, at: Date.now() });
        if (hold) value = (await new Promise((release) => held.set(key, release))) ?? value;
        if (fail) throw new Error('the source is down');
        return value;
      },
      { category: 'shared', ...options },
    );
  },

  /** Every key by several callers at once. */
  async loadAll(keys, callers) {
    const loads = keys.flatMap((key) =>
      Array.from({ length: callers }, () => tasks.load(key, { value: `${key} of ${process.pid}` })),
    );
    return (await Promise.all(loads)).map(({ value }) => value);
  },

  /** Writes and reads the same keys as the others do, in every way there is. */
  async stress(rounds) {
    const seen = { hits: 0, torn: 0, failed: 0 };
    const look = ({ success, value, error }) => {
      if (error !== undefined) seen.failed++;
      if (!success) return;
      seen.hits++;
      if (!isWhole(value)) seen.torn++;
    };
    const category = 'files';
    for (let round = 0; round < rounds; round++) {
      const keys = Array.from({ length: 8 }, () => `key ${Math.floor(Math.random() * 6)}`);
      await Promise.all(
        keys.map(async (key, at) => {
          if (at < 3) look(await cache.set(key, wholeValue(pick(SIZES)), { category }));
          else if (at < 6) look(await cache.get(key, { category }));
          else if (at === 6) look(cache.file.getSync(key, { category }));
          else look(cache.file.setSync(key, wholeValue(pick(SIZES)), { category }));
        }),
      );
      if (round % 10 === 9) await cache.delete(pick(keys), { category });
    }
    return seen;
  },
};

process.on('message', async ({ id, task, args, release, value }) => {
  if (release !== undefined) {
    held.get(release)?.(value);
    return;
  }
  try {
    process.send({ id, answer: await tasks[task](...args) });
  } catch (error) {
    process.send({ id, failure: String(error) });
  }
});
process.on('unhandledRejection', (error) => process.send({ unhandled: String(error) }));
process.on('disconnect', () => process.exit());
process.send({ ready: true });
