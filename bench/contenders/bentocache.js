import { BentoCache, bentostore } from 'bentocache';
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
