import { createCache } from 'cache-manager';
import { TTL_MS } from '../settings.js';

/** Its default store: Keyv over a `Map`, with no limit of entries. */
export function awaited() {
  const cache = createCache({ ttl: TTL_MS });
  return { wrap: (key, factory) => cache.wrap(key, factory) };
}
