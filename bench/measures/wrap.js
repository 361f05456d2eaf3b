import { makeKeys, makeOrder, makeValues } from '../workload.js';
import { sampleAsync, sink } from '../sampling.js';

const KEYS = 10_000;

export const wrap = {
  title: 'An awaited hit, one after the other',
  unit: 'ns',
  cases: [{ order: 'uniform' }, { order: 'zipf' }],
  quickCases: [{ order: 'uniform' }],
  label: ({ order }) => `${KEYS.toLocaleString('en')} keys, ${order}`,
  contenders: {
    map: { name: 'async function with a Map.get', module: 'map' },
    ours: { name: 'ours, wrap', module: 'ours' },
    'cache-manager': { name: 'cache-manager, wrap', module: 'cache-manager' },
    'layered-loader': { name: 'layered-loader, get', module: 'layered-loader' },
    memoryOnly: {
      name: 'layered-loader, getInMemoryOnly',
      module: 'layered-loader',
      make: 'memoryOnly',
    },
    bentocache: { name: 'bentocache, getOrSet', module: 'bentocache' },
  },
  ratios: [
    { of: 'ours', to: 'map', goal: 2.5 },
    { of: 'ours', to: 'cache-manager', goal: 0.2 },
    { of: 'ours', to: 'layered-loader', goal: 0.8 },
    { of: 'ours', to: 'memoryOnly' },
    { of: 'ours', to: 'bentocache', goal: 0.1 },
  ],

  async run(contender, { order: kind }, effort, id) {
    const keys = makeKeys(KEYS);
    const values = makeValues(KEYS);
    let loads = 0;
    const load = async (key) => {
      loads++;
      return values[Number(key.slice(2))];
    };
    const { make = 'awaited' } = wrap.contenders[id];
    const cache = contender[make](KEYS, load);
    for (const key of keys) await cache.wrap(key, () => load(key));

    const order = makeOrder(kind, KEYS, 2 ** 14);
    const factory = () => load('k:0');
    const pass = async () => {
      let found = 0;
      for (let at = 0; at < order.length; at++) {
        if ((await cache.wrap(keys[order[at]], factory)) !== undefined) found++;
      }
      sink.count += found;
    };
    const figure = await sampleAsync(pass, order.length, effort);
    if (loads !== KEYS) throw new Error(`${loads - KEYS} of the hits were loads`);
    return figure;
  },
};
