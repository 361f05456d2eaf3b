import {
  bytesOf,
  demandBytes,
  demandEqual,
  demandNone,
  demandSame,
  KEY,
  type Bench,
  type ByteStoreCheck,
} from './byte-store-bench.js';
import { demand } from '../demand.js';
import type { StoreKey } from '../../../core/model/store-key.js';

/** Of several operations, one after the other and at once. */
export const OPERATION_CHECKS: readonly ByteStoreCheck[] = [
  ['delete says how many there were', countsDeleted],
  ['for one key, operations take effect in the order of the calls', keepsOrder],
  ['many at once are all done', doesManyAtOnce],
  ['getMany answers in the order it was asked', getsMany],
  ['setMany is so many sets, in their order', setsMany],
  ['close waits for what was started', closesAfterwards],
];

async function countsDeleted({ store, later }: Bench): Promise<void> {
  const [first, second, third] = ['1', '2', '3'].map((key) => ({ category: 'default', key }));
  for (const key of [first!, second!]) await store.set(key, bytesOf('value'), later);
  const deleted = await store.delete([first!, third!, second!, first!]);
  demand(deleted === 2, `of two entries delete counts ${deleted}`);
  demand((await store.delete([first!, second!])) === 0, 'what was deleted is deleted again');
  await demandNone(store, first!, 'after delete');
}

async function keepsOrder({ store, later }: Bench): Promise<void> {
  const set = (text: string): Promise<void> => store.set(KEY, bytesOf(text), later);
  const get = async (): Promise<string | undefined> => {
    const found = await store.get(KEY);
    return found && new TextDecoder().decode(found.bytes);
  };
  const nothing = undefined;
  for (let round = 0; round < 20; round++) {
    const replaced = await Promise.all([
      set('first'),
      get(),
      set('second, and longer'),
      set('third'),
      get(),
      get(),
    ]);
    const wanted = [nothing, 'first', nothing, nothing, 'third', 'third'];
    demandEqual(replaced, wanted, 'sets and reads give');
    // A delete may reach back to sets that are under way: they then leave nothing to count.
    const [, , ...deleted] = await Promise.all([
      set('fourth'),
      store.delete([KEY]),
      get(),
      store.delete([KEY]),
      set(`last of ${round}`),
      get(),
    ]);
    demandEqual(deleted, [nothing, 0, nothing, `last of ${round}`], 'after a delete there is');
  }
}

async function doesManyAtOnce({ store, later, atOnce }: Bench): Promise<void> {
  const keys = Array.from({ length: atOnce }, (_, at) => ({ category: 'many', key: `key ${at}` }));
  await Promise.all(keys.map((key) => store.set(key, bytesOf(key.key), later)));
  const read = await Promise.all(keys.map((key) => store.get(key)));
  for (const [at, found] of read.entries()) {
    const { key } = keys[at]!;
    demand(found !== undefined, `of ${atOnce} set at once ${key} is not there`);
    demandSame(found.bytes, bytesOf(key), `of ${atOnce} read at once ${key}`);
  }
  const deleted = await store.delete(keys);
  demand(deleted === atOnce, `of ${atOnce} delete counts ${deleted}`);
}

async function getsMany({ store, later }: Bench): Promise<void> {
  if (store.getMany === undefined) return;
  const keys = ['a', 'b', 'c'].map((key) => ({ category: 'default', key }));
  const [a, b, c] = keys as [StoreKey, StoreKey, StoreKey];
  await store.set(a, bytesOf('of a'), later);
  await store.set(c, bytesOf('of c'), later);
  const found = await store.getMany([c, b, a, c, { category: 'other', key: 'a' }]);
  const texts = found.map((each) => each && new TextDecoder().decode(each.bytes));
  demandEqual(texts, ['of c', undefined, 'of a', 'of c', undefined], 'getMany gives');
  demand(found[0]?.expiresAt === later, 'getMany gives another expiry');
  demandEqual(await store.getMany([]), [], 'getMany of nothing gives');
}

async function setsMany({ store, later }: Bench): Promise<void> {
  if (store.setMany === undefined) return;
  const keys = ['a', 'b'].map((key) => ({ category: 'default', key }));
  const [a, b] = keys as [StoreKey, StoreKey];
  await store.setMany([]);
  await store.setMany([
    { key: a, bytes: bytesOf('first'), expiresAt: later },
    { key: b, bytes: bytesOf('of b'), expiresAt: later + 1000 },
    { key: a, bytes: bytesOf('second'), expiresAt: later + 2000 },
  ]);
  await demandBytes(store, a, bytesOf('second'), later + 2000);
  await demandBytes(store, b, bytesOf('of b'), later + 1000);
}

async function closesAfterwards({ store, later, close }: Bench): Promise<void> {
  if (close === undefined) return;
  let done = 0;
  const started = Array.from({ length: 50 }, async (_, at) => {
    await store.set({ category: 'default', key: `${at}` }, bytesOf('value'), later);
    done++;
  });
  // A rejection is not to be unhandled until `close` has answered.
  void Promise.allSettled(started);
  await close();
  // What is done may take a moment to say so.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  const doneAtClose = done;
  await Promise.all(started);
  demand(doneAtClose === started.length, `${doneAtClose} of ${started.length} sets were done`);
}
