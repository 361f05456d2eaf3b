import { sampleAsync, sink } from '../sampling.js';
import { concurrently } from '../callers.js';
import { CALLERS, documents, filled, fileContenders, KEYS, LABEL } from '../file-workload.js';
import { makeOrder } from '../workload.js';

const READS = 1000;

export const fileRead = {
  title: 'A read from disk',
  unit: 'µs',
  rounds: 5,
  folder: 'process',
  cases: [{}],
  label: () => LABEL,
  contenders: fileContenders,
  ratios: [
    { of: 'ours', to: 'plain' },
    { of: 'ours', to: 'bentocache', goal: 0.4 },
    { of: 'ours', to: 'cacache', goal: 0.2 },
  ],

  async run(contender, _case, effort, _id, directory) {
    const values = documents();
    const store = await filled(contender.files(directory), values);
    const order = makeOrder('uniform', KEYS);
    let from = 0;
    const pass = async () => {
      const start = from;
      await concurrently(CALLERS, READS, async (at) => {
        const key = order[start + at];
        const value = await store.get(`k:${key}`);
        if (value?.id !== key) throw new Error(`k:${key} gave ${JSON.stringify(value)}`);
        sink.last = value;
      });
      from = (from + READS) % (order.length - READS);
    };
    const figure = (await sampleAsync(pass, READS, effort)) / 1000;
    await store.close();
    return figure;
  },
};
