import { sampleAsync, sink } from './sampling.js';
import { makeKeys, makeOrder, makeValues } from './workload.js';

const KEYS = 10_000;

/** What the measures of awaited hits have in common. */
export const awaitedHits = {
  unit: 'ns',
  cases: [{ order: 'uniform' }, { order: 'zipf' }],
  quickCases: [{ order: 'uniform' }],
  label: ({ order }) => `${KEYS.toLocaleString('en')} keys, ${order}`,
};

/**
 * Nanoseconds a hit, awaited one after the other.
 *
 * @param open given how many keys there are and how one is loaded: how it is filled with a key, and how one is read
 */
export async function timeAwaitedHits(open, { order: kind }, effort) {
  const keys = makeKeys(KEYS);
  const values = makeValues(KEYS);
  let loads = 0;
  const load = async (key) => {
    loads++;
    return values[Number(key.slice(2))];
  };
  const { fill, read } = await open(KEYS, load);
  for (const key of keys) await fill(key);

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
}
