import { BentoCache, bentostore } from 'bentocache';
import { fileDriver } from 'bentocache/drivers/file';
import { memoryDriver } from 'bentocache/drivers/memory';
import { TTL_MS } from '../settings.js';

/** Memory alone, and without its default serialization: the fastest it can be set to. */
export function awaited(max) {
  const memory = memoryDriver({ maxItems: max, serialize: false });
  const cache = new BentoCache({
    default: 'memory',
    ttl: TTL_MS,
    stores: { memory: bentostore().useL1Layer(memory) },
  });
  return { wrap: (key, factory) => cache.getOrSet({ key, factory }) };
}

/** Its file driver alone, with nothing in memory in front. */
export function files(directory) {
  const cache = new BentoCache({
    default: 'files',
    ttl: TTL_MS,
    stores: { files: bentostore().useL2Layer(fileDriver({ directory, pruneInterval: false })) },
  });
  return {
    get: (key) => cache.get({ key }),
    set: (key, value) => cache.set({ key, value }),
    close: () => cache.disconnectAll(),
  };
}
