import { lru } from 'tiny-lru';
import { TTL_MS } from '../settings.js';

export function sync(max) {
  const cache = lru(max, TTL_MS);
  return {
    get: (key) => cache.get(key),
    set: (key, value) => void cache.set(key, value),
    holds: cache,
  };
}
