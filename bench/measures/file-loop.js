import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { concurrently } from '../callers.js';
import { CALLERS } from '../file-workload.js';
import { watched } from '../loop-holds.js';
import { makeDocument, random } from '../workload.js';

const REQUESTS = 1000;
const DAY_MS = 86_400_000;

const entries = Number(process.env['BENCH_ENTRIES'] ?? 100_000);

/** One in ten is written with a day to live, the others for ever. */
const isShort = (at) => at % 10 === 0;
const optionsOf = (at) => ({ ttl: isShort(at) ? '1d' : Infinity, tags: ['all'] });

/** A clock that stands as far before the system's as the cleanup is to believe. */
function opened(contender, directory) {
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  const started = performance.now();
  const cache = contender.openFiles(directory, { clock });
  return { cache, clock, started };
}

async function put({ file }, at) {
  const { success, error } = await file.set(`k:${at}`, makeDocument(at), optionsOf(at));
  if (!success) throw error;
}

async function look({ file }, at) {
  const { value, reason, error } = await file.get(`k:${at}`);
  if (value?.id !== at) throw error ?? new Error(`k:${at}: ${reason}`);
}

/** The keys of a category can be told when the whole folder has been looked through; this one has none. */
const indexBuilt = ({ file }) => file.keys('nothing');

/** A cache that knows the whole folder. */
async function knowing(contender, count, directory) {
  const { cache, clock } = opened(contender, directory);
  await look(cache, count - 1);
  await indexBuilt(cache);
  return { cache, clock };
}

/**
 * A removal of everything, and what it leaves to be done in the background: in a copy of the folder
 * that shares its files, so that they need not be written again.
 */
async function removing(contender, count, directory, remove) {
  const copy = `${directory}-copy`;
  await linkedCopy(directory, copy);
  try {
    const { cache } = await knowing(contender, count, copy);
    let resolvedMs;
    const { heldMs, tookMs } = await watched(async () => {
      const started = performance.now();
      await remove(cache);
      resolvedMs = performance.now() - started;
      if ((await cache.file.keys()).length > 0) throw new Error('something was left');
      await cache.cleanup();
    });
    await cache.close();
    return { figure: heldMs, notes: { 'resolved, ms': resolvedMs, 'files gone, ms': tookMs } };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** What is appended to is copied, entries are linked. */
async function linkedCopy(from, to) {
  await mkdir(to, { mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkedCopy(source, target);
    else if (isEntryFile(entry.name)) await link(source, target);
    else await copyFile(source, target);
  }
}

const isEntryFile = (name) => /^[0-9a-f]{64}$/.test(name);

async function requests(cache, count) {
  const next = random(5);
  await concurrently(CALLERS, REQUESTS, async (request) => {
    const at = Math.floor(next() * count);
    await (request % 2 === 0 ? look(cache, at) : put(cache, at));
  });
}

/** What each contender does with the folder, as it would be found after a restart. */
const phases = {
  idle: async () => {
    const { heldMs } = await watched(() => new Promise((done) => setTimeout(done, 1000)));
    return { figure: heldMs };
  },

  first: async (contender, count, directory) => {
    let answeredMs;
    let cache;
    const { heldMs } = await watched(async () => {
      const { started, ...rest } = opened(contender, directory);
      ({ cache } = rest);
      await look(cache, count - 1);
      answeredMs = performance.now() - started;
    });
    await cache.close();
    return { figure: answeredMs, notes: { 'held, ms': heldMs } };
  },

  index: async (contender, count, directory) => {
    const { cache } = opened(contender, directory);
    const { heldMs, tookMs } = await watched(async () => {
      await look(cache, count - 1);
      await indexBuilt(cache);
    });
    await cache.close();
    return { figure: heldMs, notes: { 'in all, ms': tookMs } };
  },

  busy: async (contender, count, directory) => {
    const { cache } = opened(contender, directory);
    const { heldMs, tookMs } = await watched(() => requests(cache, count));
    await indexBuilt(cache);
    await cache.close();
    return { figure: heldMs, notes: { 'in all, ms': tookMs } };
  },

  later: async (contender, count, directory) => {
    const { cache } = await knowing(contender, count, directory);
    const { heldMs, tookMs } = await watched(() => requests(cache, count));
    await cache.close();
    return { figure: heldMs, notes: { 'in all, ms': tookMs } };
  },

  keys: async (contender, count, directory) => {
    const { cache } = await knowing(contender, count, directory);
    let keys;
    const { heldMs, tookMs } = await watched(async () => {
      keys = await cache.file.keys();
    });
    if (keys.length !== count) throw new Error(`${keys.length} keys`);
    await cache.close();
    return { figure: heldMs, notes: { 'in all, ms': tookMs } };
  },

  tag: (contender, count, directory) =>
    removing(contender, count, directory, (cache) => cache.invalidateTags(['all'])),

  clear: (contender, count, directory) =>
    removing(contender, count, directory, (cache) => cache.clear('default')),

  cleanup: async (contender, count, directory) => {
    const { cache, clock } = await knowing(contender, count, directory);
    clock.ahead = 2 * DAY_MS;
    let report;
    const { heldMs, tookMs } = await watched(async () => {
      report = await cache.cleanup();
    });
    if (report.expired !== Math.ceil(count / 10)) throw new Error(`${report.expired} expired`);
    clock.ahead = 0;
    // For the next round.
    await concurrently(CALLERS, Math.ceil(count / 10), (tenth) => put(cache, tenth * 10));
    await cache.close();
    return { figure: heldMs, notes: { 'in all, ms': tookMs } };
  },
};

export const fileLoop = {
  title: 'A folder that was filled before: the longest hold of the event loop',
  unit: 'ms',
  rounds: 5,
  folder: 'case',
  cases: [{ count: entries }],
  quickCases: [{ count: Math.min(entries, 10_000) }],
  label: ({ count }) =>
    `${count.toLocaleString('en')} entries of 2 KB on disk, 1 in 10 of them expires`,
  contenders: {
    idle: { name: 'nothing, for 1 s', module: 'loop' },
    first: { name: 'from createCache to the answer of the first get', module: 'ours' },
    index: { name: 'while the index is built', module: 'ours' },
    busy: { name: `${REQUESTS} reads and writes, just after the start`, module: 'ours' },
    later: { name: `${REQUESTS} reads and writes, with the index there`, module: 'ours' },
    keys: { name: 'file.keys() of all', module: 'ours' },
    tag: { name: 'invalidateTags of all, until the files are gone', module: 'ours' },
    clear: { name: 'clear of the category, until the files are gone', module: 'ours' },
    cleanup: { name: 'cleanup of the expired', module: 'ours' },
  },
  limits: ['first', 'index', 'busy', 'later', 'keys', 'tag', 'clear', 'cleanup'].map((of) => ({
    of,
    goal: 20,
  })),

  preparation: {
    module: 'ours',
    run: async (contender, { count }, _effort, _id, directory) => {
      const { cache } = opened(contender, directory);
      await concurrently(CALLERS, count, (at) => put(cache, at));
      await cache.close();
      return {};
    },
  },

  run: (contender, { count }, _effort, id, directory) => phases[id](contender, count, directory),
};
