import { setTimeout as sleep } from 'node:timers/promises';
import { createCache } from 'nestjs-tiered-cache';
import { simulateWealth } from '../../finance/monte-carlo.js';
import { percentile } from '../../finance/percentile.js';
import { seededRandom } from '../../finance/random.js';
import { returnsOf } from '../../finance/returns.js';
import type { Chapter } from '../chapter.js';
import { lastPrice, pricesOf } from '../market.js';
import { averageMs, timed } from '../stopwatch.js';
import { count, dollars } from '../wording.js';

const CALLERS = 1000;
const PLAN = { start: 10_000, monthly: 500, months: 240 };

export const thousandCallers: Chapter = {
  title: 'A thousand callers at once, one calculation',
  async tell({ say, claim }) {
    const cache = createCache();
    let runs = 0;
    const median = async (): Promise<number> => {
      runs += 1;
      await sleep(20); // as long as it takes to ask a price server
      const returns = returnsOf(pricesOf('IBM').map(({ price }) => price));
      return percentile(simulateWealth(returns, PLAN, 2000, seededRandom(1)), 0.5);
    };
    say(`${dollars(PLAN.monthly)} a month into IBM for twenty years, 2,000 possible futures.`);
    const callers = () =>
      Promise.all(Array.from({ length: CALLERS }, () => cache.wrap('IBM plan', median)));
    const cold = await timed(callers);
    const [first = 0] = cold.value;
    claim(
      `${count(CALLERS)} callers on a cold key ran the calculation ${runs === 1 ? 'once' : `${runs} times`}`,
      runs === 1,
    );
    claim(
      `all of them got ${dollars(first)}`,
      cold.value.every((value) => value === first) && first > 0,
    );
    const { coalesced } = cache.getStats().loads;
    claim(
      `the statistics say that ${count(coalesced)} joined a load under way`,
      coalesced === CALLERS - 1,
    );
    await callers();
    claim(`${count(CALLERS)} more were answered from memory`, runs === 1);
    const { hitRate } = cache.getStats().memoryCache;

    say('A price that changes while it is being loaded:');
    let quoted = lastPrice('AAPL');
    const quote = async (): Promise<number> => {
      const seen = quoted;
      await sleep(10);
      return seen;
    };
    const overtaken = cache.wrap('AAPL', quote);
    await sleep(2);
    quoted = lastPrice('AAPL') + 1;
    await cache.delete('AAPL');
    const later = await cache.wrap('AAPL', quote);
    claim(
      `who asked before the delete gets ${dollars(quoted - 1)}`,
      (await overtaken) === quoted - 1,
    );
    claim(`who asked after it gets ${dollars(quoted)}, never the older price`, later === quoted);
    const kept = await cache.get<number>('AAPL');
    claim(
      'and the load that was overtaken left nothing behind',
      kept.success && kept.value === quoted,
    );

    const coldMs = cold.ms;
    const warmMs = await averageMs(20, callers);
    await cache.close();
    return { what: `${count(CALLERS)} callers, all of them together`, coldMs, warmMs, hitRate };
  },
};
