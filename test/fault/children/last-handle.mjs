/**
 * Writes much with one file handle left: `last-handle.mjs <directory>`. Prints how many sets were refused.
 */
import { closeSync, openSync } from 'node:fs';
import { createCache } from '../../../dist/core.js';

const [directory] = process.argv.slice(2);
const log = [];
const cache = createCache({
  cleanup: false,
  maxEntriesPerCategory: 100_000,
  file: { directory },
  logger: { warn: (line) => log.push(line), error: (line) => log.push(line) },
});
const set = (key, value) => cache.set(key, value, { tiers: ['file'] });
await set('first', 1);
/** As a busy server has its sockets. */
const handles = [];
try {
  for (;;) handles.push(openSync('/dev/null'));
} catch (error) {
  if (error.code !== 'EMFILE') throw error;
}
closeSync(handles.pop());
let refused = 0;
const text = 'x'.repeat(1500);
const callers = Array.from({ length: 16 }, async (_, caller) => {
  for (let at = 0; at < 300; at++) {
    const { success } = await set(`${caller} ${at}`, { at, text });
    if (!success) refused++;
  }
});
await Promise.all(callers);
await cache.close();
process.disconnect();
console.log(JSON.stringify({ refused, log }));
