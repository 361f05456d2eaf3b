import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { createCache } from '../../lib/core.js';
import { ManualClock } from '../../lib/testing.js';

/** What is cached for one short argument is found by the argument, from the second hit on. */
describe('a cached function of one short argument', () => {
  function counting(maxEntries: number) {
    const clock = new ManualClock();
    const cache = createCache({ clock, cleanup: false, maxEntriesPerCategory: maxEntries });
    const runs: string[] = [];
    const quote = cache.cached(
      (ticker: string | number) => {
        runs.push(String(ticker));
        return `${typeof ticker} ${ticker} #${runs.length}`;
      },
      { ttl: '1m', name: 'quote' },
    );
    return { cache, clock, quote, runs };
  }

  it('never answers with the entry that took its place', () => {
    const { quote } = counting(2);
    expect(quote('A')).toBe('string A #1');
    expect(quote('B')).toBe('string B #2');
    expect(quote('C')).toBe('string C #3'); // In the place of A.
    expect(quote('A')).toBe('string A #4');
    expect(quote('C')).toBe('string C #3');
    expect(quote('A')).toBe('string A #4');
  });

  it('tells 1, "1", 0 and -0 apart', () => {
    const { quote, runs } = counting(10);
    const answers = [1, '1', 0, -0].map((ticker) => quote(ticker));
    expect([1, '1', 0, -0].map((ticker) => quote(ticker))).toEqual(answers);
    expect(new Set(answers).size).toBe(4);
    expect(runs).toHaveLength(4);
  });

  it('runs again after an expiry, a deletion, a clear and a tag, each time once', async () => {
    const { cache, clock, quote, runs } = counting(10);
    quote('A');
    clock.advance('61s');
    expect(quote('A')).toBe('string A #2');
    const [key] = cache.memory.keys();
    await cache.delete(key!);
    expect(quote('A')).toBe('string A #3');
    await cache.clear();
    expect(quote('A')).toBe('string A #4');
    expect(quote('A')).toBe('string A #4');
    expect(runs).toHaveLength(4);
  });

  it('counts hits and misses as any other read', () => {
    const { cache, quote } = counting(10);
    for (let times = 0; times < 5; times++) quote('A');
    expect(cache.getStats().memoryCache).toMatchObject({ hits: 4, misses: 1 });
  });

  it('does not keep alive what an argument was cut out of', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { cache } = counting(1000);
    const lengthOf = cache.cached((text: string) => text.length, { name: 'lengthOf' });
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let page = 0; page < 400; page++) {
      const text = Buffer.alloc(100_000, `page ${page}; `).toString('latin1');
      lengthOf(text.slice(0, 40));
    }
    collect();
    // Forty million bytes were read.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
  });
});
