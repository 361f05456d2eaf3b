import { setTimeout as sleep } from 'node:timers/promises';
import { createCache } from 'nestjs-tiered-cache';
import type { Chapter } from '../chapter.js';
import { lastPrice, pricesOf } from '../market.js';
import { count, duration } from '../wording.js';

const TICKS = 3000;

export const cleanup: Chapter = {
  title: 'Limits and cleanup',
  async tell({ say, claim }) {
    const cache = createCache({
      categories: {
        watchlist: { maxEntries: 3, evictionPolicy: 'lru' },
        ticks: { ttl: '50ms', maxEntries: 2 * TICKS },
      },
    });
    const watchlist = { category: 'watchlist' };
    say('A watchlist with room for three. AAPL, IBM and MSFT are in; AAPL and MSFT are looked at.');
    for (const ticker of ['AAPL', 'IBM', 'MSFT'])
      await cache.set(ticker, lastPrice(ticker), watchlist);
    await cache.get('AAPL', watchlist);
    await cache.get('MSFT', watchlist);
    await cache.set('GOOG', lastPrice('GOOG'), watchlist);
    const least = await cache.get('IBM', watchlist);
    claim('GOOG comes in, and IBM, least recently used, is gone', !least.success);
    claim("its miss says 'evicted', not 'absent'", !least.success && least.reason === 'evicted');
    const left = await cache.getMany(['AAPL', 'MSFT', 'GOOG'], watchlist);
    claim(
      'the other three are there',
      left.every(({ success }) => success),
    );
    const memory = (category: string) => cache.getStats().categories[category]?.memoryCache;
    const watched = memory('watchlist');
    claim(
      `the category holds ${watched?.entries} entries, ${watched?.evictions} left it`,
      watched?.entries === 3 && watched?.evictions === 1,
    );

    say(`${count(TICKS)} days of the S&P 500, to be kept for 50 ms, and one that stays.`);
    const days = pricesOf('SPX').slice(-TICKS);
    const entries = days.map(({ date, price }) => ({ key: date, value: price }));
    await cache.setMany(entries, { category: 'ticks' });
    // All of them, unless the machine is so busy that 50 ms go by before one is in.
    const kept = memory('ticks')?.entries ?? 0;
    await cache.set('last close', lastPrice('SPX'), { category: 'ticks', ttl: '1h' });
    await sleep(100);
    const report = await cache.cleanup();
    claim(
      `the cleanup reports ${count(report.expired)} expired, all that were kept`,
      kept > 0 && report.expired === kept,
    );
    claim('and none of them pushed out', report.evicted === 0);
    claim(
      'what is still fresh was left alone',
      memory('ticks')?.entries === 1 && (await cache.has('last close', { category: 'ticks' })),
    );
    const again = await cache.cleanup();
    claim('a second pass finds nothing to do', again.expired === 0 && again.evicted === 0);
    say(
      `The pass took ${duration(report.durationMs)}; an empty one ${duration(again.durationMs)}.`,
    );

    const { hitRate } = cache.getStats().memoryCache;
    await cache.close();
    return { what: 'a watchlist for three', hitRate };
  },
};
