import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { makeOrder, random } from '../workload.js';

const ACCESSES = 400_000;

/** Traces in a folder with an `index.json`: names, files of gzipped 32-bit key numbers, capacities. */
export function tracesIn(folder) {
  const { traces } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
  return traces.map(({ name, file, capacities }) => ({
    name,
    capacities,
    read: () => {
      const bytes = gunzipSync(readFileSync(join(folder, file)));
      return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    },
  }));
}

/** Workloads of our own, always the same. */
export const seededTraces = [
  {
    name: 'zipf, 100,000 keys',
    capacities: [500, 5000, 20_000],
    read: () => makeOrder('zipf', 100_000, ACCESSES),
  },
  {
    name: 'uniform, 10,000 keys',
    capacities: [1000, 4000],
    read: () => makeOrder('uniform', 10_000, ACCESSES),
  },
  { name: 'a loop of 5,000', capacities: [1000, 3000, 6000], read: () => loop(5000) },
  { name: 'zipf with scans', capacities: [1000, 10_000], read: () => withScans(20_000, 5000) },
  { name: 'a zipf that shifts', capacities: [1000, 10_000], read: () => shifting(20_000) },
];

function loop(keys) {
  return Uint32Array.from({ length: ACCESSES }, (_, at) => at % keys);
}

/** Every so often a stretch of keys that are read once. */
function withScans(keys, scan) {
  const order = makeOrder('zipf', keys, ACCESSES);
  return order.map((key, at) => (Math.floor(at / scan) % 4 === 3 ? keys + at : key));
}

/** The popular keys change little by little. */
function shifting(keys) {
  const next = random(7);
  const shift = Uint32Array.from({ length: ACCESSES }, () => Math.floor(next() * 2));
  let moved = 0;
  return makeOrder('zipf', keys, ACCESSES).map((key, at) => key + ((moved += shift[at]) >> 6));
}
