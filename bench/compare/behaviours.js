import { setTimeout as sleep } from 'node:timers/promises';

function deferred() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}

const CALLERS = 1000;
const ENTRIES = 20_000;

/** What each cache does, as a fact. `open(ttlMs)` makes a fresh cache. */
export const behaviours = {
  [`factory runs for ${CALLERS} concurrent callers`]: async (open) => {
    const cache = open(60_000);
    let runs = 0;
    const load = async () => {
      runs++;
      await sleep(20);
      return 1;
    };
    await Promise.all(Array.from({ length: CALLERS }, () => cache.wrap('key', load)));
    await cache.close();
    return runs;
  },

  [`... when the factory fails`]: async (open) => {
    const cache = open(60_000);
    let runs = 0;
    const load = async () => {
      runs++;
      await sleep(20);
      throw new Error('no');
    };
    const calls = Array.from({ length: CALLERS }, () => cache.wrap('key', load));
    await Promise.allSettled(calls);
    await cache.close();
    return runs;
  },

  'the error that the caller gets': async (open) => {
    const cache = open(60_000);
    const own = new Error('no');
    const error = await cache.wrap('key', () => Promise.reject(own)).catch((thrown) => thrown);
    await cache.close();
    return error === own ? 'the factory’s own' : `a ${error?.constructor?.name ?? error}`;
  },

  'read after a delete that overtook a load': async (open) => {
    const cache = open(60_000);
    const asked = deferred();
    const answered = deferred();
    const early = cache.wrap('key', () => {
      asked.resolve();
      return answered.promise;
    });
    await asked.promise;
    await cache.remove('key');
    answered.resolve('old');
    await early;
    await sleep(5);
    const late = await cache.wrap('key', async () => 'new');
    await cache.close();
    return late;
  },

  'factory runs for null, asked twice': async (open) => {
    const cache = open(60_000);
    let runs = 0;
    const load = async () => {
      runs++;
      return null;
    };
    await cache.wrap('key', load);
    await cache.wrap('key', load);
    await cache.close();
    return runs;
  },

  [`entries held of ${ENTRIES} expired ones`]: async (open) => {
    const cache = open(50);
    for (let n = 0; n < ENTRIES; n++) await cache.fill(`key ${n}`, n);
    await sleep(200);
    const held = await cache.held();
    await cache.close();
    return held ?? 'cannot be asked';
  },
};
