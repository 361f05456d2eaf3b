import { createCache } from 'nestjs-tiered-cache';
import { maxDrawdown } from '../../finance/drawdown.js';
import type { Chapter } from '../chapter.js';
import { lastPrice, pricesOf } from '../market.js';
import { averageMs, timed } from '../stopwatch.js';
import { count, dollars, percent } from '../wording.js';

export const basicOperations: Chapter = {
  title: 'Basic operations: set, get, has, delete, and why a value is not there',
  async tell({ say, claim }) {
    const cache = createCache();
    const apple = lastPrice('AAPL');

    const before = await cache.get<number>('AAPL');
    claim(
      'before anything is set, a get is no success, and no error either',
      !before.success && !before.error,
    );
    claim("the reason it gives is 'absent'", !before.success && before.reason === 'absent');

    await cache.set('AAPL', apple);
    const after = await cache.get<number>('AAPL');
    claim(`after set, get gives ${dollars(apple)}`, after.success && after.value === apple);
    claim("it came from 'memory'", after.source === 'memory');
    claim('has says so too', await cache.has('AAPL'));
    claim('delete says that something was there', await cache.delete('AAPL'));
    claim('deleted once, it is not there to be deleted again', !(await cache.delete('AAPL')));
    claim('has says no', !(await cache.has('AAPL')));

    say(
      'Not every answer is a thing. No dividend (null) and nothing known (undefined) are answers:',
    );
    await cache.set('AAPL dividend', null);
    await cache.set('AAPL rating', undefined);
    const dividend = await cache.get('AAPL dividend');
    const rating = await cache.get('AAPL rating');
    claim('null is a value that was found', dividend.success && dividend.value === null);
    claim('undefined is a value that was found', rating.success && rating.value === undefined);
    claim('has tells undefined from a miss', await cache.has('AAPL rating'));

    say('Categories do not share names, and awkward keys are keys like others:');
    await cache.set('IBM', 'a quote', { category: 'quotes' });
    claim('IBM in quotes is not IBM in news', !(await cache.has('IBM', { category: 'news' })));
    await cache.setMany([
      { key: '__proto__', value: lastPrice('IBM') },
      { key: '', value: lastPrice('MSFT') },
    ]);
    const [odd, empty] = await cache.getMany<number>(['__proto__', '']);
    claim(
      "'__proto__' and '' keep their own values",
      odd?.value === lastPrice('IBM') && empty?.value === lastPrice('MSFT'),
    );

    const index = pricesOf('SPX');
    say(`One calculation to keep: the deepest fall of the S&P 500 in ${count(index.length)} days.`);
    const deepestFall = () => maxDrawdown(index.map(({ price }) => price));
    const cold = await timed(() => cache.wrap('SPX fall', deepestFall));
    const { depth, peak, trough } = cold.value;
    const [top, bottom] = [index[peak]?.date, index[trough]?.date];
    const known = top === '2007-10-09' && bottom === '2009-03-09' && depth > 0.56 && depth < 0.57;
    claim(`wrap gives ${percent(depth)}, ${top} to ${bottom}`, known);
    const { hitRate } = cache.getStats().memoryCache;
    const warmMs = await averageMs(10_000, () => cache.wrap('SPX fall', deepestFall));
    await cache.close();
    return { what: 'deepest fall of the S&P 500', coldMs: cold.ms, warmMs, hitRate };
  },
};
