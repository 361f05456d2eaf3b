import { setTimeout as sleep } from 'node:timers/promises';
import { CacheOptionsError, createCache } from 'nestjs-tiered-cache';
import type { CacheModuleOptions, Ttl } from 'nestjs-tiered-cache';
import type { Chapter } from '../chapter.js';
import { lastPrice } from '../market.js';

const HOUR_MS = 3_600_000;

const FORMS: [written: string, ttl: Ttl, ms: number][] = [
  ['90 (a number is seconds)', 90, 90_000],
  ['0.5 (half a second)', 0.5, 500],
  ["'500ms'", '500ms', 500],
  ["'30m'", '30m', HOUR_MS / 2],
  ["'7d'", '7d', 7 * 24 * HOUR_MS],
  ['{ hours: 1, minutes: 30 }', { hours: 1, minutes: 30 }, 1.5 * HOUR_MS],
];

/** Wrong on purpose; what the types do not let pass comes as it would from a configuration file. */
const BAD: [written: string, ttl: Ttl][] = [
  ['NaN', Number.NaN],
  ['-5', -5],
  ["'soon'", 'soon'],
  ["'3 parsecs'", '3 parsecs'],
  ['{ fortnights: 1 }', { fortnights: 1 } as Ttl],
  ['new Date(NaN)', new Date(Number.NaN)],
];

/** Between the call and the check some time goes by. */
const LEEWAY_MS = 2000;

export const timesToLive: Chapter = {
  title: 'Times to live, in every form',
  async tell({ say, claim }) {
    const cache = createCache();
    const price = lastPrice('MSFT');
    for (const [written, ttl, ms] of FORMS) {
      const before = Date.now();
      const { success, expiresAt = 0 } = {
        expiresAt: 0,
        ...(await cache.set('MSFT', price, { ttl })),
      };
      const off = expiresAt - before - ms;
      claim(`ttl: ${written}`, success && off >= -1 && off < LEEWAY_MS);
    }
    const closing = new Date(Date.now() + HOUR_MS);
    const dated = await cache.set('MSFT', price, { ttl: closing });
    claim(
      'ttl: a Date is the instant itself',
      dated.success && dated.expiresAt === closing.getTime(),
    );
    const forever = await cache.set('MSFT', price, { ttl: Infinity });
    claim('ttl: Infinity never expires', forever.success && forever.expiresAt === undefined);

    await cache.set('flash', price, { ttl: 0 });
    claim('ttl: 0 means do not keep', !(await cache.has('flash')));
    await cache.set('flash', price, { ttl: new Date(0) });
    claim('so does a Date in the past', !(await cache.has('flash')));

    say("A quote for '200ms', asked for at once and 300 ms later:");
    await cache.set('tick', price, { ttl: '200ms' });
    const early = await cache.get('tick');
    await sleep(300);
    const late = await cache.get('tick');
    claim('first it is there', early.success);
    claim(
      "then it is not, and the reason is 'expired'",
      !late.success && late.reason === 'expired',
    );

    say('What is no time is refused by name, with what was given:');
    for (const [written, ttl] of BAD) {
      const refused = await cache.set('MSFT', price, { ttl });
      const error = refused.error;
      const named = error instanceof CacheOptionsError && error.option.startsWith('ttl');
      claim(`${written.padEnd(18)} ${error?.message.split(', must be')[0] ?? 'accepted'}`, named);
    }
    const kept = await cache.get('MSFT');
    claim('and what stood there before still stands', kept.success && kept.value === price);
    const boot = bootError({ categories: { quotes: { ttl: '3 parsecs' } } });
    claim(
      `in a category, boot fails: ${boot?.option ?? 'it did not'}`,
      boot?.option === 'categories.quotes.ttl',
    );

    const { hitRate } = cache.getStats().memoryCache;
    await cache.close();
    return { what: 'times to live', hitRate };
  },
};

function bootError(options: CacheModuleOptions): CacheOptionsError | undefined {
  try {
    createCache(options);
  } catch (error) {
    if (error instanceof CacheOptionsError) return error;
  }
  return undefined;
}
