import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { exactCurve, stackDistances } from './advice/stack-distances.js';
import { seededTraces, tracesIn } from './advice/traces.js';

const USAGE = `node bench/advice.js [--traces folder] [--repeat n]

  How far the hit ratios that the memory tier estimates at other limits are from the exact ones of an
  LRU cache, in points.

  --traces  replays the traces of a folder (see README.md) instead of seeded workloads
  --repeat  how often, each time with other keys in the sample; 3
`;

const { values: options } = parseArgs({
  options: {
    traces: { type: 'string' },
    repeat: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});

/** Sizes compared, in limits: 64 from a sixteenth of the limit to four times as much. */
const SIZES = Array.from({ length: 64 }, (_, at) => (at + 1) / 16);

/** As the store does it. */
const FADES_AFTER = 2 ** 19;

/** A store that is watched always sees a millisecond go by with each access, a busy one sees none. */
const PACES = [
  { name: 'always watched', msAnAccess: 1 },
  { name: 'in stretches', msAnAccess: 0 },
];

async function loadStore() {
  const root = new URL('../build/modules/core/', import.meta.url);
  if (!existsSync(root))
    throw new Error('build/modules is not there: `npm run bench:advice` makes it first');
  const [{ MemoryStore }, { createPolicy }, { CoarseClock }, { KeyHash }] = await Promise.all([
    import(new URL('stores/memory/memory-store.js', root)),
    import(new URL('stores/memory/policies/create-policy.js', root)),
    import(new URL('primitives/clock.js', root)),
    import(new URL('primitives/key-hash.js', root)),
  ]);
  return (maxEntries, clock, seed) =>
    new MemoryStore(
      { category: 'advice', maxEntries, maxBytes: Infinity, keyHash: new KeyHash(seed, ~seed) },
      createPolicy('lru', { maxEntries, maxBytes: Infinity }),
      new CoarseClock(clock),
      { listening: false, emit() {} },
    );
}

function estimate(createStore, accesses, limit, msAnAccess, seed) {
  let now = 1_700_000_000_000;
  const store = createStore(limit, { now: () => now }, seed);
  for (const id of accesses) {
    const key = `key:${id}`;
    now += msAnAccess;
    if (store.find(key) === -1) store.set(key, id, Infinity, []);
  }
  return store.traffic(SIZES).sample;
}

function meanError(estimated, exact) {
  const sum = exact.reduce((total, rate, at) => total + Math.abs(rate - estimated[at]), 0);
  return (sum / exact.length) * 100;
}

const mean = (figures) => figures.reduce((sum, figure) => sum + figure, 0) / figures.length;

async function main() {
  if (options.help) return console.log(USAGE);
  const repeat = Number(options.repeat);
  if (!Number.isInteger(repeat) || repeat < 1)
    throw new Error(`--repeat ${options.repeat}: 1 or more`);
  const createStore = await loadStore();
  const traces = options.traces === undefined ? seededTraces : tracesIn(options.traces);
  const errors = PACES.map(() => []);
  console.log('Mean absolute error of the estimated hit ratio, in points');
  console.log(row(['trace', 'limit', 'keys watched', ...PACES.map(({ name }) => name)]));
  for (const { name, capacities, read } of traces) {
    const accesses = read();
    const distances = stackDistances(accesses);
    const ofTrace = PACES.map(() => []);
    for (const limit of capacities) {
      const sizes = SIZES.map((size) => Math.floor(size * limit));
      let rate;
      const own = PACES.map(({ msAnAccess }) => {
        const exact = exactCurve(distances, sizes, msAnAccess > 0 ? FADES_AFTER : Infinity);
        return mean(
          Array.from({ length: repeat }, (_, seed) => {
            const sample = estimate(createStore, accesses, limit, msAnAccess, seed);
            rate ??= sample.rate;
            return meanError(sample.hitRates, exact);
          }),
        );
      });
      own.forEach((error, at) => ofTrace[at].push(error));
      console.log(row([name, limit, `1 in ${Math.round(1 / rate)}`, ...own.map(points)]));
    }
    ofTrace.forEach((own, at) => errors[at].push(mean(own)));
  }
  console.log(row(['mean over traces', '', '', ...errors.map((own) => points(mean(own)))]));
  console.log(row(['worst trace', '', '', ...errors.map((own) => points(Math.max(...own)))]));
}

const points = (error) => error.toFixed(2);

function row([name, ...cells]) {
  return name.padEnd(22) + cells.map((cell) => String(cell).padStart(16)).join('');
}

await main();
