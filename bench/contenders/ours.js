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
