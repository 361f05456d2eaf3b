import { makeKeys, makeOrder, makeValues } from '../workload.js';
import { checkAll, sample, sink } from '../sampling.js';
import { policyOf } from '../settings.js';

const SIZES = [1000, 10_000, 100_000];

export const hit = {
  title: 'A synchronous hit, all keys present',
  unit: 'ns',
  cases: SIZES.flatMap((keys) => ['uniform', 'zipf'].map((order) => ({ keys, order }))),
  quickCases: [{ keys: 10_000, order: 'uniform' }],
  label: ({ keys, order }) => `${keys.toLocaleString('en')} keys, ${order}`,
  contenders: {
    loop: { name: 'the loop alone', module: 'loop' },
    map: { name: 'Map.get', module: 'map' },
    lru: { name: 'lru-cache get, ttl', module: 'lru-cache' },
    quick: { name: 'quick-lru, ttl', module: 'quick-lru' },
    tiny: { name: 'tiny-lru, ttl', module: 'tiny-lru' },
    mnemonist: { name: 'mnemonist LRUMap, no ttl', module: 'mnemonist' },
    ours: { name: 'ours, memory.get(key).value', module: 'ours' },
    kept: { name: 'ours, the whole result kept', module: 'ours' },
    adaptive: { name: 'ours, adaptive', module: 'ours' },
  },
  // What the look-up itself costs of lru-cache's is the least that any cache over a `Map` can reach.
  ratios: [
    { of: 'map', to: 'lru' },
    { of: 'ours', to: 'map', goal: 2.0 },
    { of: 'ours', to: 'lru', goal: 0.6 },
    { of: 'ours', to: 'quick' },
    { of: 'ours', to: 'tiny' },
    { of: 'ours', to: 'mnemonist' },
    { of: 'kept', to: 'map', goal: 2.0 },
    { of: 'kept', to: 'lru', goal: 0.6 },
    { of: 'adaptive', to: 'map', goal: 3.0 },
    { of: 'adaptive', to: 'lru', goal: 0.9 },
  ],

  run(contender, { keys: count, order: kind }, effort, id) {
    const cache = contender.sync(count, policyOf(id));
    const keys = makeKeys(count);
    const values = makeValues(count);
    for (let at = 0; at < count; at++) cache.set(keys[at], values[at]);
    const order = makeOrder(kind, count);
    const pass = id === 'kept' ? keepingPass(cache, keys, order) : countingPass(cache, keys, order);
    return sample(pass, order.length, effort);
  },
};

function countingPass({ get }, keys, order) {
  return () => {
    let found = 0;
    for (let at = 0; at < order.length; at++) if (get(keys[order[at]]) !== undefined) found++;
    checkAll(found, order.length);
  };
}

/** Here the result object outlives the call, so the optimizer cannot do without making it. */
function keepingPass({ result }, keys, order) {
  return () => {
    let found = 0;
    let last;
    for (let at = 0; at < order.length; at++) {
      last = result(keys[order[at]]);
      if (last.success) found++;
    }
    sink.last = last;
    checkAll(found, order.length);
  };
}
