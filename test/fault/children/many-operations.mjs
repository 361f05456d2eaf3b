/**
 * So many operations at once: `many-operations.mjs <directory> <concurrency> <count> <handles to hold>`.
 * Prints what was refused, and what came back wrong.
 */
import fs, { closeSync, openSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { createCache } from '../../../dist/core.js';

const [directory, concurrency, count, held] = process.argv.slice(2);
const log = [];
const cache = createCache({
  cleanup: false,
  maxEntriesPerCategory: 100_000,
  file: { directory, concurrency: Number(concurrency) },
  categories: { default: { tiers: ['file'] } },
  logger: { warn: (line) => log.push(line), error: (line) => log.push(line) },
});
const valueOf = (at) => ({ at, text: String(at).repeat(Math.abs(at) % 500) });
const wrong = [];
const check = (what, at, value) => {
  if (JSON.stringify(value) !== JSON.stringify(valueOf(at))) wrong.push([what, at]);
};
const numbers = Array.from({ length: Number(count) }, (_, at) => at);

/** Until so many attempts to open a file have failed, which nothing shows from outside. */
function refusals(count) {
  const { open } = fs;
  return new Promise((resolve) => {
    fs.open = (path, flags, mode, done) =>
      open(path, flags, mode, (error, fd) => {
        if (error?.code === 'EMFILE' && --count === 0) resolve();
        done(error, fd);
      });
    syncBuiltinESMExports();
  });
}

await cache.set('first', 1);
/** As a busy server has its sockets. */
const handles = [];
if (held === 'all') {
  try {
    for (;;) handles.push(openSync('/dev/null'));
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
  }
}
const sets = numbers.map(async (at) => {
  const { success, error } = await cache.set(`key ${at}`, valueOf(at));
  if (!success) wrong.push(['set', at, error?.message]);
});
const gets = numbers.map(async (at) => {
  const { success, value, error } = await cache.get(`key ${at}`);
  // In the order of the calls: the set was called first.
  if (!success) wrong.push(['get', at, error?.message]);
  else check('get', at, value);
});
const wraps = numbers.map(async (at) => {
  check('wrap', at, await cache.wrap(`wrapped ${at}`, () => valueOf(at)));
});
if (handles.length > 0) {
  // What cannot wait has a handle kept back for it.
  for (const at of [-1, -2]) {
    const { success, error } = cache.file.setSync(`at once ${at}`, valueOf(at), { ttl: 60 });
    if (!success) wrong.push(['setSync', at, error?.message]);
    check('getSync', at, cache.file.getSync(`at once ${at}`).value);
    if (!cache.file.deleteSync(`at once ${at}`)) wrong.push(['deleteSync', at]);
  }
  await refusals(3);
  for (const handle of handles) closeSync(handle);
}
await Promise.all([...sets, ...gets, ...wraps]);
for (const at of numbers) {
  if (at % 10 !== 0) continue;
  check('again', at, (await cache.get(`key ${at}`)).value);
  check('wrapped again', at, (await cache.get(`wrapped ${at}`)).value);
  const sync = cache.file.getSync(`key ${at}`);
  check('sync', at, sync.value);
}
await cache.close();
process.disconnect();
console.log(JSON.stringify({ wrong: wrong.slice(0, 10), log, held: handles.length > 0 }));
