import {
  bytesOf,
  demandBytes,
  demandNone,
  KEY,
  type Bench,
  type ByteStoreCheck,
} from './byte-store-bench.js';
import { demand } from '../demand.js';
import type { StoreKey } from '../../../core/model/store-key.js';

/** Of time that passes. */
export const CLOCK_CHECKS: readonly ByteStoreCheck[] = [
  ['an entry is there until its time, and then is not', expires],
  ['times beyond 24.8 days, and no end, are kept', keepsLongTimes],
  ['what has expired is not counted by delete', countsOnlyFresh],
  ['prune removes what has expired, and nothing else', prunes],
];

async function expires({ store, clock }: Bench): Promise<void> {
  const expiresAt = clock.now() + 1000;
  await store.set(KEY, bytesOf('value'), expiresAt);
  clock.advance(999);
  await demandBytes(store, KEY, bytesOf('value'), expiresAt);
  clock.advance(1);
  await demandNone(store, KEY, 'when its time is over');
  if (store.getMany !== undefined) {
    const [found] = await store.getMany([KEY]);
    demand(found === undefined, 'getMany gives what has expired');
  }
  await store.set(KEY, bytesOf('anew'), clock.now() + 1000);
  await demandBytes(store, KEY, bytesOf('anew'), clock.now() + 1000);
}

async function keepsLongTimes({ store, clock }: Bench): Promise<void> {
  const never = { category: 'default', key: 'never' };
  const expiresAt = clock.now() + 2 ** 31 + 1000;
  await store.set(KEY, bytesOf('long'), expiresAt);
  await store.set(never, bytesOf('never'), Infinity);
  clock.advance(2 ** 31);
  await demandBytes(store, KEY, bytesOf('long'), expiresAt);
  await store.prune?.(10);
  clock.advance(2 ** 41);
  await demandNone(store, KEY, 'when its time is over');
  await demandBytes(store, never, bytesOf('never'), Infinity);
}

async function countsOnlyFresh({ store, clock }: Bench): Promise<void> {
  const fresh = { category: 'default', key: 'fresh' };
  await store.set(KEY, bytesOf('value'), clock.now() + 1000);
  await store.set(fresh, bytesOf('value'), clock.now() + 2000);
  clock.advance(1000);
  const deleted = await store.delete([KEY, fresh]);
  demand(deleted === 1, `of one fresh entry delete counts ${deleted}`);
}

async function prunes({ store, clock }: Bench): Promise<void> {
  if (store.prune === undefined) return;
  const keyOf = (at: number): StoreKey => ({ category: at % 3 ? 'one' : 'two', key: `${at}` });
  for (let at = 0; at < 30; at++) {
    const expiresAt = at % 2 === 0 ? clock.now() + 1000 + at : Infinity;
    await store.set(keyOf(at), bytesOf(`value ${at}`), expiresAt);
  }
  clock.advance(1010);
  const report = await store.prune(10);
  demand(report.expired === 6, `of six expired entries prune counts ${report.expired}`);
  demand(report.bytesFreed > 0, 'prune frees no bytes');
  for (let at = 0; at < 30; at++) {
    const found = await store.get(keyOf(at));
    const stays = at % 2 === 1 || at > 10;
    demand((found !== undefined) === stays, `after prune ${at} is ${stays ? 'not ' : ''}there`);
  }
  const again = await store.prune(10);
  demand(again.expired === 0, `with none left, prune counts ${again.expired} expired`);
}
