/**
 * Sets and loads until a thread has been started that writes, and for a while after:
 * `writing-thread.mjs <directory> <what becomes of the thread>`. Prints what came back wrong, and leaves
 * the end of the process to whatever still runs.
 */
import { syncBuiltinESMExports } from 'node:module';
import { createCache } from '../../../dist/core.js';

const [directory, fate] = process.argv.slice(2);
const threads = process.getBuiltinModule('node:worker_threads');
const started = [];
let ready = 0;
threads.Worker = class extends threads.Worker {
  constructor(...given) {
    super(...given);
    started.push(this);
    this.once('message', () => ready++);
  }
};
// One processor is enough to see that it works.
process.getBuiltinModule('node:os').availableParallelism = () => 2;
syncBuiltinESMExports();

const log = [];
const cache = createCache({
  cleanup: false,
  maxEntriesPerCategory: 100_000,
  file: { directory },
  categories: { default: { tiers: ['file'] } },
  logger: { warn: (line) => log.push(line), error: (line) => log.push(line) },
});
const valueOf = (at) => ({ at, text: `${at} `.repeat(at % 700), when: new Date(at) });
const wrong = [];
const check = (what, at, value) => {
  if (JSON.stringify(value) !== JSON.stringify(valueOf(at))) wrong.push([what, at]);
};

let next = 0;
let last = Infinity;
async function caller() {
  while (next < last) {
    const at = next++;
    const key = `key ${at % 1500}`;
    if (at % 3 === 0) check('wrap', at, await cache.wrap(`loaded ${at}`, () => valueOf(at)));
    else if ((await cache.set(key, valueOf(at))).success) {
      check('get', at, (await cache.get(key)).value);
    } else wrong.push(['set', at]);
    if (ready > 0 && last === Infinity) last = next + 3000;
    // Somewhere between two of its system calls.
    if (fate === 'killed' && at === last - 2000) void started[0].terminate();
  }
}
await Promise.all(Array.from({ length: 16 }, caller));

const other = createCache({ cleanup: false, file: { directory } });
for (let at = last - 3000; at < last; at++) {
  if (at % 3 === 0) check('loaded', at, (await other.file.get(`loaded ${at}`)).value);
}
const { errors } = cache.getStats().fileCache;
await other.close();
if (fate === 'closed') await cache.close();
process.disconnect();
console.log(JSON.stringify({ wrong: wrong.slice(0, 10), log, errors, ready }));
