import {
  bytesOf,
  demandBytes,
  demandNone,
  demandSame,
  KEY,
  type Bench,
  type ByteStoreCheck,
} from './byte-store-bench.js';
import { demand } from '../demand.js';

/** Of the bytes of one entry. */
export const VALUE_CHECKS: readonly ByteStoreCheck[] = [
  ['it has a name, and nothing in it at first', startsEmpty],
  ['what was set comes back, with its expiry', comesBack],
  ['a set replaces what was there, and its expiry', replaces],
  ['no bytes are something, and not a miss', keepsEmptyBytes],
  ['large values come back whole', keepsLargeBytes],
  ['of a view only what it shows is kept', keepsOnlyTheView],
  [
    'what is kept does not change with the buffer it came from, nor with one it was read into',
    copies,
  ],
  ['a time that is over when it is set keeps nothing, nor what was there', keepsNothingOver],
];

async function startsEmpty({ store }: Bench): Promise<void> {
  demand(typeof store.name === 'string' && store.name !== '', 'the store has no name');
  await demandNone(store, KEY, 'an empty store');
  demand((await store.delete([KEY])) === 0, 'an empty store has something to delete');
  demand((await store.delete([])) === 0, 'deleting no keys deletes something');
}

async function comesBack({ store, later }: Bench): Promise<void> {
  const every = Uint8Array.from({ length: 256 }, (_, at) => at);
  await store.set(KEY, every, later);
  for (let read = 0; read < 3; read++) await demandBytes(store, KEY, every, later);
}

async function replaces({ store, later }: Bench): Promise<void> {
  await store.set(KEY, bytesOf('a longer value'), later);
  await store.set(KEY, bytesOf('short'), later - 60_000);
  await demandBytes(store, KEY, bytesOf('short'), later - 60_000);
  await store.set(KEY, bytesOf('a longer value'), later + 60_000);
  await demandBytes(store, KEY, bytesOf('a longer value'), later + 60_000);
}

async function keepsEmptyBytes({ store, later }: Bench): Promise<void> {
  await store.set(KEY, new Uint8Array(0), later);
  await demandBytes(store, KEY, new Uint8Array(0), later);
  demand((await store.delete([KEY])) === 1, 'an entry of no bytes is not counted by delete');
}

async function keepsLargeBytes({ store, later, largestBytes }: Bench): Promise<void> {
  const lengths = [largestBytes, largestBytes - 1, Math.min(largestBytes, 65_537)];
  const values = lengths.map((length, seed) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 1 + (at % 61)) bytes[at] = at + seed;
    return { key: { category: 'large', key: String(seed) }, bytes };
  });
  await Promise.all(values.map(({ key, bytes }) => store.set(key, bytes, later)));
  for (const { key, bytes } of values) await demandBytes(store, key, bytes, later);
}

async function keepsOnlyTheView({ store, later }: Bench): Promise<void> {
  const memory = bytesOf('before|shown|after');
  await store.set(KEY, memory.subarray(7, 12), later);
  await demandBytes(store, KEY, bytesOf('shown'), later);
}

async function copies({ store, later }: Bench): Promise<void> {
  const given = bytesOf('as it was');
  await store.set(KEY, given, later);
  given.fill(0);
  const read = await store.get(KEY);
  demand(read !== undefined, 'what was set is not there');
  demandSame(read.bytes, bytesOf('as it was'), 'the bytes after their source changed');
  read.bytes.fill(1);
  await demandBytes(store, KEY, bytesOf('as it was'), later);
}

async function keepsNothingOver({ store, clock, later }: Bench): Promise<void> {
  for (const over of [clock.now() - 1000, 0]) {
    await store.set(KEY, bytesOf('before'), later);
    await store.set(KEY, bytesOf('over'), over);
    await demandNone(store, KEY, 'after a set whose time was over');
  }
}
