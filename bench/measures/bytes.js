import { makeKeys, makeValues } from '../workload.js';

export const bytes = {
  title: 'Bytes an entry',
  unit: 'bytes',
  rounds: 3,
  exposeGc: true,
  cases: [10_000, 300_000].flatMap((entries) => [false, true].map((whole) => ({ entries, whole }))),
  quickCases: [{ entries: 300_000, whole: false }],
  label: ({ entries, whole }) =>
    `${entries.toLocaleString('en')} entries, ${whole ? 'with their keys and values' : 'what the cache adds'}`,
  contenders: {
    map: { name: 'Map', module: 'map' },
    lru: { name: 'lru-cache, ttl', module: 'lru-cache' },
    ours: { name: 'ours', module: 'ours' },
  },
  ratios: [
    { of: 'ours', to: 'lru', goal: 1.2 },
    { of: 'ours', to: 'map' },
  ],

  run(contender, { entries, whole }) {
    // Code and shapes are made by a first small cache, so that they are not counted.
    const first = filled(contender, makeKeys(100), makeValues(100));
    let keys = whole ? undefined : makeKeys(entries);
    let values = whole ? undefined : makeValues(entries);
    const before = heldBytes();
    keys ??= makeKeys(entries);
    values ??= makeValues(entries);
    const cache = filled(contender, keys, values);
    if (whole) keys = values = undefined;
    const held = heldBytes() - before;
    // Uses that keep all of this alive until here.
    if (!cache || !first || (!whole && keys.length !== values.length)) throw new Error('gone');
    return held / entries;
  },
};

function filled(contender, keys, values) {
  const { set, holds } = contender.sync(keys.length);
  for (let at = 0; at < keys.length; at++) set(keys[at], values[at]);
  return holds;
}

/** `external` includes what array buffers hold. */
function heldBytes() {
  for (let times = 0; times < 4; times++) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
