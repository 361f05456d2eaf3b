import {
  bytesOf,
  demandBytes,
  demandNone,
  KEY,
  shown,
  type Bench,
  type ByteStoreCheck,
} from './byte-store-bench.js';
import { demand } from '../demand.js';
import { HOSTILE_ADDRESSES, HOSTILE_TEXTS } from './hostile-addresses.js';

/** Of which entry is which. */
export const ADDRESS_CHECKS: readonly ByteStoreCheck[] = [
  ['no two addresses are the same entry', keepsAddressesApart],
  ['categories share no keys', keepsCategoriesApart],
  ['clear empties one category, and none that is called alike', clearsCategory],
  ['clear empties everything', clearsAll],
  ['clear leaves what is set after it', clearsOnlyBefore],
];

const ALIKE = ['a', 'A', 'a:', 'a:b', 'ab', '', '*', 'a*', '__proto__', ...HOSTILE_TEXTS.slice(-3)];

async function keepsAddressesApart({ store, later }: Bench): Promise<void> {
  const bytes = (at: number): Uint8Array => bytesOf(`value ${at}`);
  const every = [...HOSTILE_ADDRESSES.entries()];
  for (const [at, address] of every) {
    await demandNone(store, address, 'before it was set');
    await store.set(address, bytes(at), later);
  }
  for (const [at, address] of every) await demandBytes(store, address, bytes(at), later);
  for (const [at, address] of every) {
    if (at % 2 === 0) demand((await store.delete([address])) === 1, `${shown(address)} stays`);
  }
  for (const [at, address] of every) {
    if (at % 2 === 0) await demandNone(store, address, 'after it was deleted');
    else await demandBytes(store, address, bytes(at), later);
  }
}

async function keepsCategoriesApart({ store, later }: Bench): Promise<void> {
  await store.set({ category: 'one', key: 'key' }, bytesOf('one'), later);
  await demandNone(store, { category: 'two', key: 'key' }, 'in another category');
  await store.set({ category: 'two', key: 'key' }, bytesOf('two'), later);
  demand((await store.delete([{ category: 'two', key: 'key' }])) === 1, 'delete counts another');
  await demandBytes(store, { category: 'one', key: 'key' }, bytesOf('one'), later);
}

async function clearsCategory({ store, later }: Bench): Promise<void> {
  if (store.clear === undefined) return;
  for (const cleared of ['a', '', '*', '__proto__', 'not there']) {
    for (const category of ALIKE) {
      for (const key of ['1', '2'])
        await store.set({ category, key }, bytesOf(category.slice(0, 20)), later);
    }
    await store.clear(cleared);
    for (const category of ALIKE) {
      const after = `after ${JSON.stringify(cleared)} was cleared`;
      for (const key of ['1', '2']) {
        if (category === cleared) await demandNone(store, { category, key }, after);
        else await demandBytes(store, { category, key }, bytesOf(category.slice(0, 20)), later);
      }
    }
  }
}

async function clearsAll({ store, later }: Bench): Promise<void> {
  if (store.clear === undefined) return;
  await store.clear();
  for (const category of ALIKE) await store.set({ category, key: 'k' }, bytesOf('value'), later);
  await store.clear();
  for (const category of ALIKE) await demandNone(store, { category, key: 'k' }, 'after clear');
}

async function clearsOnlyBefore({ store, later }: Bench): Promise<void> {
  if (store.clear === undefined) return;
  for (const category of [KEY.category, undefined]) {
    await store.set(KEY, bytesOf('before'), later);
    await store.clear(category);
    await store.set(KEY, bytesOf('after'), later);
    await demandBytes(store, KEY, bytesOf('after'), later);
    // What is given back later must not be what is there by then.
    await store.prune?.(10);
    await demandBytes(store, KEY, bytesOf('after'), later);
  }
}
