/** Starts so many writes, waits for none, closes, and is gone: `shutdown.mjs <directory> <call> <count>`. */
import { createCache } from '../../../dist/core.js';

const [directory, call, count] = process.argv.slice(2);
const cache = createCache({
  cleanup: false,
  maxEntriesPerCategory: 20_000,
  file: { directory },
  categories: { default: { tiers: ['memory', 'file'] } },
});
const compression = { algorithm: 'gzip', threshold: 1 };
const packed = createCache({
  cleanup: false,
  maxEntriesPerCategory: 20_000,
  file: { directory },
  categories: { packed: { tiers: ['memory', 'file'], compression } },
});

const calls = {
  set: (key, value) => cache.set(key, value),
  'file.set': (key, value) => cache.file.set(key, value),
  wrap: (key, value) => cache.wrap(key, () => value),
  'compressed wrap': (key, value) => packed.wrap(key, () => value, { category: 'packed' }),
  'locked wrap': (key, value) => cache.wrap(key, () => value, { lock: 'machine' }),
  mixed: (key, value, at) => calls[['set', 'wrap', 'file.set'][at % 3]](key, value),
};

for (let at = 0; at < Number(count); at++) void calls[call](`key ${at}`, { at }, at);
await Promise.all([cache.close(), packed.close()]);
// Nothing that goes on behind the back of `close` has time to come to an end.
process.exit(0);
