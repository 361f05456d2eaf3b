/**
 * A cache of the built package in a process of its own, told by messages what to do. A rejection that
 * nobody handles ends it, as it would end an application, and the test with it.
 */
import { createCache } from '../../../dist/core.js';

const log = [];
const logger = {
  warn: (message) => log.push(`warn: ${message}`),
  error: (message) => log.push(`error: ${message}`),
};
let cache;
const held = new Map();

const tasks = {
  open(options) {
    cache = createCache({ cleanup: false, ...options, logger });
  },

  async call(method, ...args) {
    const [tier, verb] = method.includes('.') ? method.split('.') : [undefined, method];
    const target = tier === undefined ? cache : cache[tier];
    return plain(await target[verb](...args));
  },

  /** So many callers of one key at once; as many loads as the factory was run. */
  async wrap(key, value, options, callers = 1) {
    let loads = 0;
    const factory = async () => {
      loads++;
      return value;
    };
    const values = await Promise.all(
      Array.from({ length: callers }, () => cache.wrap(key, factory, options)),
    );
    return { loads, values };
  },

  /** One caller. The factory says that it runs, and waits to be released if it is to be held. */
  async load(key, value, { hold = false, fail = false, ...options }) {
    const factory = async () => {
      process.send({ loading: key });
      if (hold) await new Promise((release) => held.set(key, release));
      if (fail) throw new Error('the source is down');
      return value;
    };
    return plain(await cache.getOrSet(key, factory, options));
  },

  release: (key) => held.get(key)(),

  log: () => log.splice(0),

  close: () => cache.close(),
};

/** Messages carry neither the class nor the code of an error. */
function plain(result) {
  if (Array.isArray(result)) return result.map(plain);
  if (!(result?.error instanceof Error)) return result;
  const { name, code, message } = result.error;
  return { ...result, error: { name, code, message } };
}

process.on('message', async ({ id, task, args }) => {
  try {
    process.send({ id, answer: await tasks[task](...args) });
  } catch (error) {
    process.send({ id, failure: error.stack });
  }
});
process.send({ ready: true });
