/**
 * Writes and reads until it is killed, or for some rounds: `writer.mjs <directory> <name> [<rounds> <keys>]`.
 * Values carry their key and a checksum; what comes back otherwise is told.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { createCache } from '../../../dist/core.js';

const [directory, name, rounds = Infinity, keys = 40] = process.argv.slice(2);
const SMALLEST = 64;
const LARGEST = 4 * 1024 * 1024;

const tell = (line) => process.send(line);
const log = (line) => tell({ wrong: line });
const cache = createCache({
  cleanup: false,
  file: { directory, maxBytesPerCategory: '48mb' },
  categories: { default: { tiers: ['file'] } },
  logger: { warn: log, error: log },
});

/** From one long block: making random bytes would take longer than writing them. */
const block = randomBytes(2 * LARGEST);

function valueFor(key) {
  // As many of each order of magnitude.
  const size = Math.round(SMALLEST * (LARGEST / SMALLEST) ** Math.random());
  const start = randomInt(LARGEST);
  const bytes = block.subarray(start, start + size);
  return { key, by: name, size, checksum: crc32(bytes), bytes };
}

function check(key, how, { success, value, error }) {
  if (error !== undefined) tell({ wrong: `${how} ${key}: ${error.stack}` });
  if (!success) return;
  const { bytes, size, checksum } = value;
  if (value.key !== key || bytes.length !== size || crc32(bytes) !== checksum) {
    tell({ wrong: `${how} ${key}: torn` });
  } else tell({ served: key });
}

const actions = [
  async (key) => check(key, 'set', { ...(await cache.set(key, valueFor(key))), success: false }),
  async (key) => check(key, 'set', { ...(await cache.set(key, valueFor(key))), success: false }),
  async (key) =>
    check(key, 'setSync', { ...cache.file.setSync(key, valueFor(key)), success: false }),
  async (key) => check(key, 'get', await cache.get(key)),
  async (key) => check(key, 'getSync', cache.file.getSync(key)),
  async (key) =>
    check(key, 'wrap', { success: true, value: await cache.wrap(key, () => valueFor(key)) }),
  async (key) => {
    if (randomInt(10) === 0) await cache.delete(key);
  },
  async () => {
    if (randomInt(50) === 0) await cache.invalidateTags(['none']);
  },
];

tell({ working: true });
for (let round = 0; round < Number(rounds); round++) {
  await Promise.all(
    Array.from({ length: 4 }, () =>
      actions[randomInt(actions.length)](`key ${randomInt(Number(keys))}`),
    ),
  );
  tell({ rounds: 1 });
}
await cache.close();
