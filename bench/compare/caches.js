import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { createCache as createCacheManager } from 'cache-manager';
import { Loader } from 'layered-loader/core';
import { createCache } from '../../dist/core.js';

/** Each cache as its documentation shows it first, with the defaults it has. */
export const caches = {
  'nestjs-tiered-cache': (ttlMs) => {
    const cache = createCache({ defaultTtl: ttlMs / 1000 });
    return {
      wrap: (key, factory) => cache.wrap(key, factory),
      remove: (key) => cache.delete(key),
      fill: (key, value) => cache.set(key, value),
      held: async () => {
        await cache.cleanup();
        return cache.getStats().memoryCache.entries;
      },
      close: () => cache.close(),
    };
  },
  'cache-manager': (ttlMs) => {
    const cache = createCacheManager({ ttl: ttlMs });
    const store = cache.stores[0].store;
    return {
      wrap: (key, factory) => cache.wrap(key, factory),
      remove: (key) => cache.del(key),
      fill: (key, value) => cache.set(key, value),
      held: async () => store.size ?? store._store?.size,
      close: () => cache.disconnect(),
    };
  },
  'layered-loader': (ttlMs) => {
    // It knows its source beforehand; the one here asks for what `wrap` was given.
    const factories = new Map();
    const load = async (key) => (await factories.get(key)?.()) ?? null;
    const source = {
      name: 'source',
      get: load,
      getMany: () => Promise.reject(new Error('unused')),
    };
    const loader = new Loader({ inMemoryCache: { ttlInMsecs: ttlMs }, dataSources: [source] });
    return {
      wrap: (key, factory) => {
        factories.set(key, factory);
        return loader.get(key);
      },
      remove: (key) => loader.invalidateCacheFor(key),
      fill: (key, value) =>
        loader.get(
          key,
          factories.set(key, async () => value),
        ),
      held: async () => undefined,
      close: () => undefined,
    };
  },
  bentocache: (ttlMs) => {
    const stores = { memory: bentostore().useL1Layer(memoryDriver()) };
    const cache = new BentoCache({ default: 'memory', ttl: ttlMs, stores });
    return {
      wrap: (key, factory) => cache.getOrSet({ key, factory }),
      remove: (key) => cache.delete({ key }),
      fill: (key, value) => cache.set({ key, value }),
      held: async () => undefined,
      close: () => cache.disconnectAll(),
    };
  },
};
