import { LRUMap } from 'mnemonist';

/** It has no TTL: what an LRU over columns costs without one. */
export function sync(max) {
  const cache = new LRUMap(max);
  return {
    get: (key) => cache.get(key),
    set: (key, value) => void cache.set(key, value),
    holds: cache,
  };
}
