import { setTimeout as sleep } from 'node:timers/promises';
import { createCache } from 'nestjs-tiered-cache';
import type { Chapter } from '../chapter.js';
import { lastPrice } from '../market.js';
import { averageMs, timed } from '../stopwatch.js';
import { dollars } from '../wording.js';

export const errors: Chapter = {
  title: 'An error, handled through CacheResult',
  async tell({ say, claim }) {
    const cache = createCache();
    const closed = new Error('the exchange is closed');
    let open = false;
    let asked = 0;
    const exchange = async (): Promise<number> => {
      asked += 1;
      await sleep(5);
      if (!open) throw closed;
      return lastPrice('GOOG');
    };

    const result = await cache.getOrSet('GOOG', exchange);
    claim('getOrSet does not reject: success is false', !result.success);
    claim('its error is the very one that was thrown', result.error === closed);
    claim(
      "its source is 'function': the source of prices failed, not the cache",
      result.source === 'function',
    );
    if (!result.success) say(`What a caller can say then: "No quote: ${result.error?.message}."`);

    claim('the failure is not kept', !(await cache.has('GOOG')));
    await cache.getOrSet('GOOG', exchange);
    claim('the next caller asks the exchange again', asked === 2);

    const caught: unknown = await cache.wrap('GOOG', exchange).catch((error: unknown) => error);
    claim('wrap rejects with the same object, not a wrapper around it', caught === closed);
    asked = 0;
    const waiting = Array.from({ length: 100 }, () => cache.getOrSet('GOOG', exchange));
    const refused = await Promise.all(waiting);
    claim(
      'of 100 who wait together, one asks and all get its error',
      asked === 1 && refused.every(({ error }) => error === closed),
    );

    say('The exchange opens.');
    open = true;
    const cold = await timed(() => cache.getOrSet('GOOG', exchange));
    const { value = Number.NaN, success, source } = cold.value;
    claim(
      `the next call succeeds with ${dollars(value)}`,
      success && value === lastPrice('GOOG') && source === 'function',
    );
    const again = await cache.getOrSet('GOOG', exchange);
    claim(
      "and the one after it is answered from 'memory'",
      again.success && again.source === 'memory',
    );
    const { failures } = cache.getStats().loads;
    claim(`the statistics counted ${failures} failed loads`, failures === 4);

    const { hitRate } = cache.getStats().memoryCache;
    const warmMs = await averageMs(10_000, () => cache.getOrSet('GOOG', exchange));
    await cache.close();
    return { what: 'a quote from a slow exchange', coldMs: cold.ms, warmMs, hitRate };
  },
};
