import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { CALLERS, documents, filled, KEYS } from '../file-workload.js';
import { concurrently } from '../callers.js';
import { sample, sampleAsync, sink } from '../sampling.js';
import { makeOrder } from '../workload.js';

const OPERATIONS = 500;

const encryption = { keys: [randomBytes(32)] };
/** Values of 2 KB are below the threshold from which on compression is worth it by itself. */
const compressed = (algorithm) => ({ compression: { algorithm, threshold: 1 } });
const options = {
  encrypted: { encryption },
  gzip: compressed('gzip'),
  brotli: compressed('brotli'),
  both: { ...compressed('gzip'), encryption },
  json: { serializer: 'json' },
};

export const fileSafety = {
  title: 'What safety costs',
  unit: 'µs',
  rounds: 3,
  folder: 'process',
  cases: [{ verb: 'read' }, { verb: 'write' }],
  label: ({ verb }) =>
    `a ${verb}, ${KEYS.toLocaleString('en')} keys of 2 KB, ${CALLERS} callers at a time`,
  contenders: {
    plain: { name: 'ours', module: 'ours' },
    checksum: { name: 'crc32 of the same bytes', module: 'ours' },
    encrypted: { name: 'encrypted', module: 'ours' },
    gzip: { name: 'gzip', module: 'ours' },
    brotli: { name: 'brotli', module: 'ours' },
    both: { name: 'gzip, encrypted', module: 'ours' },
    json: { name: 'serializer json', module: 'ours' },
  },
  ratios: ['checksum', 'encrypted', 'gzip', 'brotli', 'both', 'json'].map((of) => ({
    of,
    to: 'plain',
    percent: true,
  })),

  async run(contender, { verb }, effort, id, directory) {
    const values = documents();
    const store = await filled(contender.files(directory, options[id]), values);
    const files = await filesOf(directory);
    const bytes = files.reduce((sum, { size }) => sum + size, 0) / files.length;
    const figure =
      id === 'checksum'
        ? await checksums(files, effort)
        : await operations(store, values, verb, effort);
    await store.close();
    return { figure: figure / 1000, notes: { 'bytes a file': bytes } };
  },
};

function operations(store, values, verb, effort) {
  const order = makeOrder('uniform', KEYS);
  let from = 0;
  const call =
    verb === 'read'
      ? async (key) => {
          const value = await store.get(`k:${key}`);
          if (value?.id !== key) throw new Error(`k:${key} gave ${JSON.stringify(value)}`);
        }
      : (key) => store.set(`k:${key}`, values[key]);
  const pass = async () => {
    const start = from;
    await concurrently(CALLERS, OPERATIONS, (at) => call(order[start + at]));
    from = (from + OPERATIONS) % (order.length - OPERATIONS);
  };
  return sampleAsync(pass, OPERATIONS, effort);
}

async function checksums(files, effort) {
  const contents = await Promise.all(files.slice(0, 500).map(({ path }) => readFile(path)));
  const pass = () => {
    let sum = 0;
    for (const content of contents) sum ^= crc32(content);
    sink.count += sum;
  };
  return sample(pass, contents.length, effort);
}

/** The entries' files: whatever is as large as a value can be, and no book-keeping. */
async function filesOf(directory) {
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = found
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const files = await Promise.all(
    paths.map(async (path) => ({ path, size: (await stat(path)).size })),
  );
  return files.filter(({ size }) => size > 200 && size < 10_000);
}
