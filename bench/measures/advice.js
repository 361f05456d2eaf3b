import { makeKeys, makeOrder, makeValues } from '../workload.js';
import { sample, sink } from '../sampling.js';

/** What watching a category costs of a hit: a category without a limit is not watched, and else the same. */
export const advice = {
  title: 'A synchronous hit, with the sampling for advice and without',
  unit: 'ns',
  cases: [1000, 10_000, 100_000].map((keys) => ({ keys })),
  quickCases: [{ keys: 10_000 }],
  label: ({ keys }) => `${keys.toLocaleString('en')} keys, uniform`,
  contenders: {
    unwatched: { name: 'no limit, so not sampled', module: 'ours' },
    watched: { name: 'a limit, so sampled', module: 'ours' },
  },
  ratios: [{ of: 'watched', to: 'unwatched', goal: 1.01 }],

  run(contender, { keys: count }, effort, id) {
    const { get, set } = contender.sync(id === 'unwatched' ? Infinity : count);
    const keys = makeKeys(count);
    const values = makeValues(count);
    for (let at = 0; at < count; at++) set(keys[at], values[at]);
    const order = makeOrder('uniform', count);
    const pass = () => {
      let found = 0;
      for (let at = 0; at < order.length; at++) if (get(keys[order[at]]) !== undefined) found++;
      if (found !== order.length) throw new Error(`${found} hits of ${order.length}`);
      sink.count += found;
    };
    return sample(pass, order.length, effort);
  },
};
