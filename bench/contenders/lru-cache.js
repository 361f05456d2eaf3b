import { LRUCache } from 'lru-cache';
import { TTL_MS } from '../settings.js';

export function sync(max) {
  const cache = new LRUCache({ max, ttl: TTL_MS });
  return {
    get: (key) => cache.get(key),
    set: (key, value) => void cache.set(key, value),
    holds: cache,
  };
}

/** Entries with a time to live of their own, and a way to remove the expired ones. */
export function expiring(max) {
  const cache = new LRUCache({ max, ttl: TTL_MS });
  return {
    setLong: (key, value) => void cache.set(key, value),
    setShort: (key, value) => void cache.set(key, value, { ttl: 1 }),
    expire: () => new Promise((resolve) => setTimeout(resolve, 50)),
    cleanup: async () => void cache.purgeStale(),
    size: () => cache.size,
  };
}
