import { Loader } from 'layered-loader/core';
import { TTL_MS } from '../settings.js';

/** It knows its source beforehand, so there is no factory to hand over at each call. */
function create(max, load) {
  return new Loader({
    inMemoryCache: { cacheType: 'lru-object', maxItems: max, ttlInMsecs: TTL_MS },
    dataSources: [
      { name: 'source', get: load, getMany: () => Promise.reject(new Error('unused')) },
    ],
  });
}

export function awaited(max, load) {
  const loader = create(max, load);
  return { wrap: (key) => loader.get(key) };
}

/** Its synchronous look-up, awaited: what its users can write where a hit is certain. */
export function memoryOnly(max, load) {
  const loader = create(max, load);
  return { wrap: (key) => loader.getInMemoryOnly(key) ?? loader.get(key) };
}
