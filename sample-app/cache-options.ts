import type { CacheModuleOptions } from 'nestjs-tiered-cache';

/** How long each kind of answer may be served, and how many of them are kept. */
export const CACHE_OPTIONS = {
  defaultTtl: '10m',
  categories: {
    /** Prices move; there are few tickers, and many ranges of their history. */
    market_data: { ttl: '15m', maxEntries: 500 },
    /** Cheap to compute, wrong once the holdings change: found again by their tags. */
    portfolio: { ttl: '10m', maxEntries: 1000 },
    /** Small answers, long calculations: worth keeping longest. */
    calculations: { ttl: '30m', maxEntries: 2000 },
    /** What clients asked for. Histories are large, so bytes are limited too. */
    api_responses: { ttl: '5m', maxEntries: 2000, maxBytes: '32mb' },
  },
} satisfies CacheModuleOptions;
