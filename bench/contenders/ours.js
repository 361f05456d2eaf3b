import { pathToFileURL } from 'node:url';
import { TTL_MS } from '../settings.js';

// Another build can be measured in the place of this one: BENCH_DIST=<its dist folder>.
const dist = process.env['BENCH_DIST'];
const entry = dist ? pathToFileURL(`${dist}/core.js`).href : '../../dist/core.js';
const { createCache } = await import(entry);

const TTL = TTL_MS / 1000;

function create(max, more = {}) {
  return createCache({ maxEntriesPerCategory: max, defaultTtl: TTL, cleanup: false, ...more });
}

export function sync(max, options) {
  const cache = create(max, options);
  const { memory } = cache;
  return {
    get: (key) => memory.get(key).value,
    result: (key) => memory.get(key),
    set: (key, value) => void memory.set(key, value),
    holds: cache,
  };
}

export function awaited(max) {
  const cache = create(max);
  return { wrap: (key, factory) => cache.wrap(key, factory) };
}

export function expiring(max) {
  let now = Date.now();
  const cache = create(max, { clock: { now: () => now } });
  return {
    setLong: (key, value) => void cache.memory.set(key, value),
    setShort: (key, value) => void cache.memory.set(key, value, { ttl: '5m' }),
    expire: async () => void (now += 10 * 60_000),
    cleanup: () => cache.cleanup(),
    size: () => cache.getStats().memoryCache.entries,
  };
}

const NO_LIMIT = { maxEntriesPerCategory: Infinity, maxBytesPerCategory: Infinity };

/** @param more options of the cache; `file` is added to, not replaced */
export function openFiles(directory, { file, ...more } = {}) {
  return create(1, { file: { directory, ...NO_LIMIT, ...file }, ...more });
}

/** The file tier alone, with nothing in memory in front. A failure is in the result, so it is looked for. */
export function files(directory, options) {
  const cache = openFiles(directory, options);
  const { file } = cache;
  return {
    get: async (key) => checked(await file.get(key)).value,
    set: async (key, value) => void checked(await file.set(key, value)),
    close: () => cache.close(),
  };
}

function checked(result) {
  if (!result.success) throw result.error ?? new Error(`no entry: ${result.reason}`);
  return result;
}
