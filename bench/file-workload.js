import { deepStrictEqual } from 'node:assert';
import { concurrently } from './callers.js';
import { makeDocument } from './workload.js';

export const KEYS = 2000;
export const CALLERS = 16;
export const LABEL = `${KEYS.toLocaleString('en')} keys of 2 KB on disk, ${CALLERS} callers at a time`;

export const fileContenders = {
  plain: { name: 'node:fs and JSON', module: 'plain-files' },
  ours: { name: 'ours, file tier', module: 'ours' },
  bentocache: { name: 'bentocache, file driver', module: 'bentocache' },
  cacache: { name: 'cacache, JSON', module: 'cacache' },
};

export const documents = () => Array.from({ length: KEYS }, (_, at) => makeDocument(at));

/** All documents written, and read again. */
export async function filled(store, values) {
  await concurrently(CALLERS, KEYS, (at) => store.set(`k:${at}`, values[at]));
  await checkWhole(store, values);
  return store;
}

/** What comes back is the whole value, and no object that was handed in. */
export async function checkWhole(store, values) {
  await concurrently(CALLERS, KEYS, async (at) => {
    const value = await store.get(`k:${at}`);
    deepStrictEqual(value, values[at]);
    if (value === values[at]) throw new Error(`k:${at} did not come from disk`);
  });
}
