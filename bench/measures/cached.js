import { makeKeys, makeOrder, makeValues } from '../workload.js';
import { sampleAsync, sink } from '../sampling.js';

const KEYS = 10_000;

export const cached = {
  title: "An awaited hit of a provider's async method, by @Cached and by hand",
  unit: 'ns',
  cases: [{ order: 'uniform' }, { order: 'zipf' }],
  quickCases: [{ order: 'uniform' }],
  label: ({ order }) => `${KEYS.toLocaleString('en')} keys, ${order}`,
  contenders: {
    wrap: { name: 'wrap', module: 'provider' },
    cached: { name: '@Cached', module: 'provider' },
  },
  ratios: [{ of: 'cached', to: 'wrap', goal: 1.2 }],

  async run({ provider }, { order: kind }, effort, id) {
    const keys = makeKeys(KEYS);
    const values = makeValues(KEYS);
    let loads = 0;
    const load = async (key) => {
      loads++;
      return values[Number(key.slice(2))];
    };
    const { wrap, cached: quote } = await provider(KEYS, load);
    const read = id === 'wrap' ? (key) => wrap(key, () => load(key)) : quote;
    for (const key of keys) await read(key);

    const order = makeOrder(kind, KEYS, 2 ** 14);
    const pass = async () => {
      let found = 0;
      for (let at = 0; at < order.length; at++) {
        if ((await read(keys[order[at]])) !== undefined) found++;
      }
      sink.count += found;
    };
    const figure = await sampleAsync(pass, order.length, effort);
    if (loads !== KEYS) throw new Error(`${loads - KEYS} of the hits were loads`);
    return figure;
  },
};
