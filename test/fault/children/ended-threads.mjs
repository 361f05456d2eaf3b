/**
 * Worker threads that use the folder and are terminated in the middle of a load: `ended-threads.mjs <directory> <how many>`.
 * Prints how many used it beside the main thread while they lived, and what they left when it had loaded, and cleaned up.
 */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createCache } from '../../../dist/core.js';

const [directory, count] = isMainThread ? process.argv.slice(2) : [workerData];
const cache = createCache({
  cleanup: false,
  file: { directory },
  categories: { default: { tiers: ['file'] }, reports: { tiers: ['file'], lock: 'machine' } },
});
const load = (key, factory) => cache.wrap(key, factory, { category: 'reports' });
const namesIn = (folder) => readdirSync(`${directory}/v1/${folder}`, { recursive: true });

if (isMainThread) {
  const others = [];
  const loaded = [];
  for (let at = 0; at < count; at++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: directory });
    await once(worker, 'message');
    await cache.cleanup();
    others.push(namesIn('peers').length - 1);
    const waiting = load('report', () => `loaded ${at}`);
    await worker.terminate();
    loaded.push(await waiting);
    await cache.cleanup();
    await cache.delete('report', { category: 'reports' });
  }
  const temporaries = namesIn('.').filter((path) => path.includes('.tmp-'));
  const left = { temporaries, locks: namesIn('locks'), peers: namesIn('peers').length - 1 };
  const { entries } = cache.getStats().fileCache;
  await cache.close();
  process.disconnect();
  console.log(JSON.stringify({ others, loaded, left, entries }));
} else {
  const text = 'x'.repeat(8000);
  for (let round = 0; round < 4; round++) {
    await Promise.all(Array.from({ length: 100 }, (_, at) => cache.set(`${at}`, { round, text })));
  }
  void load('report', () => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window
    parentPort.postMessage('loading');
    return new Promise(() => {});
  });
  parentPort.on('message', () => {});
}
