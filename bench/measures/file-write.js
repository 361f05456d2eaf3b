import { sampleAsync } from '../sampling.js';
import { concurrently } from '../callers.js';
import {
  CALLERS,
  checkWhole,
  documents,
  filled,
  fileContenders,
  KEYS,
  LABEL,
} from '../file-workload.js';
import { random, shuffled } from '../workload.js';

const WRITES = 500;

export const fileWrite = {
  title: 'A write to disk',
  unit: 'µs',
  rounds: 5,
  folder: 'process',
  cases: [{ over: true }, { over: false }],
  label: ({ over }) => `${LABEL}, ${over ? 'over what was there' : 'under new keys'}`,
  contenders: fileContenders,
  ratios: [
    { of: 'ours', to: 'plain' },
    { of: 'ours', to: 'bentocache', goal: 0.9 },
    { of: 'ours', to: 'cacache', goal: 0.4 },
  ],

  async run(contender, { over }, effort, _id, directory) {
    const values = documents();
    const store = await filled(contender.files(directory), values);
    // No key twice in a pass: which of two writes at a time wins is not what is asked.
    const order = shuffled(KEYS, random(11));
    let from = 0;
    let revision = 0;
    const pass = async () => {
      const start = from;
      await concurrently(CALLERS, WRITES, async (at) => {
        const key = order[start + at];
        // Never the same bytes twice: cacache would find them there already.
        values[key] = { ...values[key], revision: ++revision };
        await store.set(over ? `k:${key}` : `new:${values[key].revision}`, values[key]);
      });
      from = (from + WRITES) % KEYS;
    };
    const figure = (await sampleAsync(pass, WRITES, effort)) / 1000;
    if (over) await checkWhole(store, values);
    await store.close();
    return figure;
  },
};
