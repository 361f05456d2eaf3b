import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** What the reference has under names of its own. */
const REFERENCE_NAMES = {
  lru: 'LRU',
  fifo: 'FIFO',
  lfu: 'LFU',
  sieve: 'SIEVE',
  's3-fifo': 'S3FIFOw',
  'w-tinylfu': 'WTLFUc',
};

/** The traces of a folder by its `index.json`: `{ name, file, capacities }`. */
export function tracesIn(folder) {
  const index = join(folder, 'index.json');
  if (!existsSync(index)) throw new Error(`${folder} has no index.json: see bench/README.md`);
  return JSON.parse(readFileSync(index, 'utf8')).traces.map(({ name, file, capacities }) => ({
    name,
    path: join(folder, file),
    capacities,
  }));
}

/** Hit ratios that others have measured: `reference(trace, capacity, policy)`, undefined where none. */
export function referenceIn(folder) {
  const path = join(folder, 'reference.json');
  if (!existsSync(path)) return undefined;
  const cells = new Map(
    JSON.parse(readFileSync(path, 'utf8')).unit.map((cell) => [
      `${cell.trace} ${cell.capacity}`,
      cell,
    ]),
  );
  return (trace, capacity, policy) =>
    cells.get(`${trace} ${capacity}`)?.[REFERENCE_NAMES[policy] ?? policy];
}

/** Unsigned 32-bit numbers, little-endian, one a request. */
export function readTrace(path) {
  const bytes = readFileSync(path);
  const plain = path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  const ids = new Uint32Array(plain.length >>> 2);
  for (let at = 0; at < ids.length; at++) ids[at] = plain.readUInt32LE(4 * at);
  return ids;
}
