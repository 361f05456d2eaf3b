import {
  CacheEvict,
  CacheModule,
  Cached,
  Preload,
  type CacheOptions,
  type Ttl,
} from 'nestjs-tiered-cache';
import { createCache } from 'nestjs-tiered-cache/core';

declare const ttl: Ttl | undefined;
declare const name: string | undefined;
declare const many: number | undefined;
declare const names: string[] | undefined;
declare const yes: boolean | undefined;
declare const signal: AbortSignal | undefined;

// What comes from elsewhere may be undefined: it counts as left out.
export const options: CacheOptions = {
  enabled: yes,
  defaultTtl: ttl,
  maxEntriesPerCategory: many,
  maxBytesPerCategory: many,
  serializer: undefined,
  compression: { algorithm: 'gzip', threshold: many },
  categories: { users: { ttl, maxEntries: many, maxBytes: many, tags: names } },
  file: { directory: name, concurrency: many, breaker: { failures: many, pause: ttl } },
  cleanup: { cron: name },
  logger: undefined,
};
const cache = createCache(options);
export const imported = CacheModule.forRoot({ ...options, isGlobal: yes });
export const answers = [
  cache.set('k', 1, { ttl, category: name, tags: names }),
  cache.setMany([{ key: 'k', value: 1, ttl, tags: names }]),
  cache.get('k', { category: name, tiers: undefined }),
  cache.wrap('k', () => 1, { ttl, signal, forceRefresh: yes, jitter: many }),
  cache.preload([{ key: 'k', factory: () => 1, ttl }], { concurrency: many, signal }),
];
export const lasting: Ttl = { hours: many, minutes: 1 };
export const loaded = cache.cached((id: string) => id, { ttl, name, key: undefined });
export const stats = cache.getStats({ advice: yes });

export const decorators = [
  Preload({ args: undefined, concurrency: many, wait: yes }),
  Cached({ ttl, category: name, key: undefined, ignoreQuery: names, varyBy: undefined }),
  CacheEvict({ category: name, key: undefined, keys: names, tags: names, allEntries: yes }),
];
