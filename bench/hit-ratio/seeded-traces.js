import { random } from '../workload.js';

const REQUESTS = 300_000;
const KEYS = 20_000;
const CAPACITIES = [200, 1000, 4000];

/** Popular keys: the weight of a rank is `rank ** -skew`. `from` is the first key. */
function zipf(next, skew, keys = KEYS, from = 0) {
  const cumulative = new Float64Array(keys);
  let total = 0;
  for (let rank = 1; rank <= keys; rank++) cumulative[rank - 1] = total += rank ** -skew;
  return () => {
    const weight = next() * total;
    let low = 0;
    let high = keys - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle] < weight) low = middle + 1;
      else high = middle;
    }
    return from + low;
  };
}

/** Round and round, over so many keys. */
function loop(keys, from = 0) {
  let at = 0;
  return () => from + (at++ % keys);
}

/** Keys that come once and a few times more soon after, and never again. */
function recency(next, spread, from = 0) {
  let newest = from;
  return () =>
    next() < 0.3 ? newest++ : Math.max(from, newest - 1 - Math.floor(next() ** 2 * spread));
}

/** One of them for each request, by its share. */
function mixed(next, first, share, second) {
  return () => (next() < share ? first() : second());
}

/** One after the other, a stretch each. */
function inTurn(stretch, ...sources) {
  let at = 0;
  return () => sources[Math.floor(at++ / stretch) % sources.length]();
}

const SOURCES = {
  'zipf-0.7': (next) => zipf(next, 0.7),
  'zipf-1.0': (next) => zipf(next, 1),
  recency: (next) => recency(next, 3000),
  loop: () => loop(5000),
  'loop-and-zipf': (next) => mixed(next, zipf(next, 0.9), 0.5, loop(4000, KEYS)),
  'scans-over-zipf': (next) =>
    inTurn(20_000, zipf(next, 0.9), mixed(next, zipf(next, 0.9), 0.5, loop(2 ** 30, KEYS))),
  'shifting-zipf': (next) =>
    inTurn(50_000, ...Array.from({ length: 6 }, (_, at) => zipf(next, 0.9, KEYS, at * 5000))),
  'changes-its-mind': (next) =>
    inTurn(100_000, recency(next, 3000), loop(5000, 2 ** 30), recency(next, 3000, 2 ** 29)),
};

/** Made anew, and the same, in every run. */
export const seededTraces = Object.keys(SOURCES).map((name) => ({ name, capacities: CAPACITIES }));

export function makeTrace(name) {
  const source = SOURCES[name](random(20_240_229));
  return Uint32Array.from({ length: REQUESTS }, source);
}
