import { makeKeys, makeOrder, makeValues } from '../workload.js';
import { sample, sink } from '../sampling.js';
import { policyOf } from '../settings.js';

const KEYS = 100_000;
const LONG = 'QuotesService.price:account:';

export const churn = {
  title: 'Get, and set on a miss, with room for one tenth of the keys',
  unit: 'ns',
  cases: [{ order: 'uniform' }, { order: 'zipf' }, { order: 'uniform', beginning: LONG }],
  label: ({ order, beginning }) =>
    `${KEYS.toLocaleString('en')} keys, ${order}${beginning ? `, ${beginning}n` : ''}`,
  contenders: {
    lru: { name: 'lru-cache, ttl', module: 'lru-cache' },
    quick: { name: 'quick-lru, ttl', module: 'quick-lru' },
    tiny: { name: 'tiny-lru, ttl', module: 'tiny-lru' },
    mnemonist: { name: 'mnemonist LRUMap, no ttl', module: 'mnemonist' },
    ours: { name: 'ours, memory', module: 'ours' },
    adaptive: { name: 'ours, adaptive', module: 'ours' },
  },
  ratios: [
    { of: 'ours', to: 'lru', goal: 0.8 },
    { of: 'ours', to: 'quick' },
    { of: 'ours', to: 'tiny' },
    { of: 'ours', to: 'mnemonist' },
    { of: 'adaptive', to: 'lru', goal: 1.2 },
  ],

  run(contender, { order: kind, beginning }, effort, id) {
    const { get, set } = contender.sync(KEYS / 10, policyOf(id));
    const keys = makeKeys(KEYS, beginning);
    const values = makeValues(KEYS);
    // Longer than the key space, or each pass would end where the next begins.
    const order = makeOrder(kind, KEYS, 2 ** 20);
    let from = 0;
    let hits = 0;
    let reads = 0;
    const pass = () => {
      const to = from + 2 ** 17;
      for (let at = from; at < to; at++) {
        const key = keys[order[at]];
        if (get(key) === undefined) set(key, values[order[at]]);
        else hits++;
      }
      reads += to - from;
      from = to % order.length;
    };
    const figure = sample(pass, 2 ** 17, effort);
    sink.count += hits;
    return { figure, notes: { 'hit rate': hits / reads } };
  },
};
