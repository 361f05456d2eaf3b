import { makeOrder, makeValues } from '../workload.js';
import { checkAll, sample } from '../sampling.js';

const KEYS = 10_000;

/** Put together as services do it, so that nobody knows its hash yet. */
const NAMES = {
  short: (at) => `user:${at}`,
  long: (at) => `portfolio:user-${at}:positions:2024-11-28:EUR`,
};

export const madeKey = {
  title: 'A synchronous hit by a key that is put together for the call',
  unit: 'ns',
  cases: Object.keys(NAMES).map((name) => ({ name })),
  label: ({ name }) => `${KEYS.toLocaleString('en')} keys like ${NAMES[name](1234)}, uniform`,
  contenders: {
    loop: { name: 'the loop, which makes it', module: 'loop' },
    map: { name: 'Map.get', module: 'map' },
    lru: { name: 'lru-cache get, ttl', module: 'lru-cache' },
    ours: { name: 'ours, memory.get(key).value', module: 'ours' },
  },
  ratios: [
    { of: 'ours', to: 'map' },
    { of: 'ours', to: 'lru' },
  ],

  run(contender, { name }, effort) {
    const { get, set } = contender.sync(KEYS);
    const keyOf = NAMES[name];
    const values = makeValues(KEYS);
    for (let at = 0; at < KEYS; at++) set(keyOf(at), values[at]);
    const order = makeOrder('uniform', KEYS);
    const pass = () => {
      let found = 0;
      for (let at = 0; at < order.length; at++) if (get(keyOf(order[at])) !== undefined) found++;
      checkAll(found, order.length);
    };
    return sample(pass, order.length, effort);
  },
};
