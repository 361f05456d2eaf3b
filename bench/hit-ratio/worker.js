import { createCache } from '../../dist/core.js';
import { optimalHits } from './optimum.js';
import { makeTrace } from './seeded-traces.js';
import { readTrace } from './trace-folder.js';

/** The last trace, so that the jobs of one read it once. */
let loaded = { name: undefined, ids: undefined, keys: undefined };

process.on('message', async ({ trace, policy, capacity }) => {
  if (loaded.name !== trace.name) {
    const ids = trace.path === undefined ? makeTrace(trace.name) : readTrace(trace.path);
    loaded = { name: trace.name, ids, keys: keysOf(ids) };
  }
  const { ids, keys } = loaded;
  const hits = policy === 'OPT' ? optimalHits(ids, capacity) : await replay(keys, policy, capacity);
  process.send({ trace: trace.name, policy, capacity, hitRatio: hits / ids.length });
});

process.on('disconnect', () => process.exit(0));

/** A string a key, the same one each time: hashes of strings are not what is compared here. */
function keysOf(ids) {
  const known = new Map();
  return Array.from(ids, (id) => {
    const key = known.get(id) ?? `${id}`;
    known.set(id, key);
    return key;
  });
}

async function replay(keys, evictionPolicy, maxEntriesPerCategory) {
  const cache = createCache({
    maxEntriesPerCategory,
    evictionPolicy,
    defaultTtl: Infinity,
    cleanup: false,
  });
  const { memory } = cache;
  for (const key of keys) if (!memory.get(key).success) memory.set(key, true);
  const { hits } = cache.getStats().memoryCache;
  await cache.close();
  return hits;
}
