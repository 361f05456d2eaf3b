/** Factories answer when the cache has been closed: `late-answers.mjs <directory>`. It then ends by itself. */
import { createCache } from '../../../dist/core.js';

const directory = process.argv[2];
const cache = createCache({ file: { directory }, categories: { default: { tiers: ['file'] } } });

const answers = [];
const started = [];
const calls = ['process', 'machine', 'process'].map((lock, at) => {
  let began;
  started.push(new Promise((resolve) => (began = resolve)));
  const factory = () => {
    began();
    return new Promise((resolve) => answers.push(() => resolve(at)));
  };
  return cache.wrap(`key ${at}`, factory, { lock });
});
await Promise.all(started);
await cache.close();
for (const answer of answers) answer();
console.log(JSON.stringify(await Promise.all(calls)));
process.disconnect();
