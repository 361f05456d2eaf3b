import QuickLRU from 'quick-lru';
import { TTL_MS } from '../settings.js';

/** Two generations of `maxSize`: it holds up to twice as many entries as asked for, and hits more often for it. */
export function sync(max) {
  const cache = new QuickLRU({ maxSize: max, maxAge: TTL_MS });
  return {
    get: (key) => cache.get(key),
    set: (key, value) => void cache.set(key, value),
    holds: cache,
  };
}
