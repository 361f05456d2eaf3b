import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  ChaosStore,
  ManualClock,
  MemoryByteStore,
  type ByteStore,
  type ByteStoreOperation,
} from '../../../lib/testing.js';
import { CacheOptionsError } from '../../../lib/core.js';
import { settle } from '../../support/turns.js';

const KEY = { category: 'default', key: 'key' };
const BYTES = Uint8Array.of(1, 2, 3);

let clock: ManualClock;
let wrapped: MemoryByteStore;
let store: ChaosStore;

beforeEach(() => {
  clock = new ManualClock();
  wrapped = new MemoryByteStore(clock);
  store = new ChaosStore(wrapped, clock);
});

/** Every operation there is, on a store that has them all. */
const OPERATIONS: Record<ByteStoreOperation, () => Promise<unknown>> = {
  get: () => store.get(KEY),
  set: () => store.set(KEY, BYTES, Infinity),
  delete: () => store.delete([KEY]),
  getMany: () => store.getMany!([KEY]),
  setMany: () => store.setMany!([{ key: KEY, bytes: BYTES, expiresAt: Infinity }]),
  clear: () => store.clear!(),
  prune: () => store.prune!(10),
  ping: () => store.ping!(),
  close: () => store.close!(),
};
const every = Object.entries(OPERATIONS) as [ByteStoreOperation, () => Promise<unknown>][];

/** What has come of a promise so far. */
function watched(promise: Promise<unknown>): { state: 'pending' | 'resolved' | 'rejected' } {
  const seen: { state: 'pending' | 'resolved' | 'rejected' } = { state: 'pending' };
  promise.then(
    () => (seen.state = 'resolved'),
    () => (seen.state = 'rejected'),
  );
  return seen;
}

const noOptions: [object, string][] = [
  [
    { operations: ['get', 'gett'] },
    'operations[1]: got "gett", must be one of get, set, delete, getMany, setMany, clear, prune, ping, close',
  ],
  [{ operations: 'get' }, 'operations: got "get", must be a list of get, set,'],
  [{ times: -1 }, 'times: got -1, must be a whole number from 0, or Infinity'],
  [{ operation: ['get'] }, 'operation: got '],
];

describe('What befalls a chaos store', () => {
  it.each(noOptions)('is not told by %j', async (options, message) => {
    const refusals = [
      () => store.fail(new Error('down'), options),
      () => store.hang(options),
      () => store.delay(5, options),
      () => store.damage(undefined, options),
    ];
    for (const refused of refusals) expect(refused).toThrow(message);
    for (const refused of refusals) expect(refused).toThrow(CacheOptionsError);
    await store.set(KEY, BYTES, Infinity);
    expect(await store.get(KEY)).toMatchObject({ bytes: BYTES });
  });
});

describe('A chaos store at rest', () => {
  it('is the store it wraps, and is called as it is', async () => {
    expect(store.name).toBe(wrapped.name);
    await store.set(KEY, BYTES, 5e15);
    expect(await wrapped.get(KEY)).toEqual({ bytes: BYTES, expiresAt: 5e15 });
    expect(await store.get(KEY)).toEqual({ bytes: BYTES, expiresAt: 5e15 });
    expect(await store.delete([KEY])).toBe(1);
    expect(store.held).toBe(0);
  });

  it('has no method that the wrapped one has not', () => {
    const least: ByteStore = {
      name: 'least',
      get: (key) => wrapped.get(key),
      set: (key, bytes, expiresAt) => wrapped.set(key, bytes, expiresAt),
      delete: (keys) => wrapped.delete(keys),
    };
    const chaos: ByteStore = new ChaosStore(least, clock);
    for (const [operation] of every) {
      expect([operation, typeof chaos[operation]]).toEqual([operation, typeof least[operation]]);
    }
  });
});

describe('A chaos store that is to fail', () => {
  it.each(every)('rejects %s with the error, and asks nobody', async (operation, run) => {
    await wrapped.set(KEY, BYTES, Infinity);
    const error = new Error('reset');
    store.fail(error, { operations: [operation] });
    await expect(run()).rejects.toBe(error);
    await expect(run()).rejects.toBe(error);
    expect(await wrapped.get(KEY)).toBeDefined();
    for (const [other, runOther] of every) if (other !== operation) await runOther();
    store.calm();
    await run();
  });

  it('does so the next n times', async () => {
    store.fail(undefined, { times: 2 });
    await expect(store.get(KEY)).rejects.toThrow('told');
    await expect(store.set(KEY, BYTES, Infinity)).rejects.toThrow('told');
    expect(await store.get(KEY)).toBeUndefined();
  });

  it('counts only the operations that are meant', async () => {
    store.fail(new Error('reset'), { times: 1, operations: ['set'] });
    for (let read = 0; read < 3; read++) await store.get(KEY);
    await expect(store.set(KEY, BYTES, Infinity)).rejects.toThrow('reset');
    await store.set(KEY, BYTES, Infinity);
  });

  it('fails with the last error it was told', async () => {
    store.fail(new Error('first'));
    store.fail(new Error('second'), { times: 1 });
    await expect(store.get(KEY)).rejects.toThrow('second');
    await store.get(KEY);
  });
});

describe('A chaos store that is to hang', () => {
  it.each(every)('answers %s when it is released', async (operation, run) => {
    store.hang({ operations: [operation] });
    const hanging = watched(run());
    await settle();
    expect([hanging.state, store.held]).toEqual(['pending', 1]);
    store.release();
    await settle();
    expect([hanging.state, store.held]).toEqual(['resolved', 0]);
    await run();
  });

  it('has read already, and answers with what was there', async () => {
    await wrapped.set(KEY, BYTES, Infinity);
    store.hang({ operations: ['get'] });
    const read = store.get(KEY);
    await store.set(KEY, Uint8Array.of(9), Infinity);
    store.release();
    expect((await read)?.bytes).toEqual(BYTES);
    expect((await store.get(KEY))?.bytes).toEqual(Uint8Array.of(9));
  });

  it('has not written yet, and nothing overtakes the write', async () => {
    store.hang({ times: 1 });
    const operations = Promise.all([
      store.set(KEY, BYTES, Infinity),
      store.delete([KEY]),
      store.get(KEY),
      store.set(KEY, BYTES, Infinity),
    ]);
    const answered = watched(operations);
    await settle();
    expect([answered.state, await wrapped.get(KEY)]).toEqual(['pending', undefined]);
    store.release();
    expect(await operations).toEqual([undefined, 1, undefined, undefined]);
    expect(await wrapped.get(KEY)).toBeDefined();
  });

  it('lets go of what hung before when it is told anew, or to be calm', async () => {
    store.hang();
    const first = watched(store.get(KEY));
    store.hang();
    const second = watched(store.get(KEY));
    await settle();
    expect([first.state, second.state]).toEqual(['resolved', 'pending']);
    store.calm();
    await settle();
    expect(second.state).toBe('resolved');
  });

  it('may hang, and fail then', async () => {
    store.hang();
    store.fail(new Error('reset'));
    const hanging = watched(store.set(KEY, BYTES, Infinity));
    await settle();
    expect(hanging.state).toBe('pending');
    store.release();
    await settle();
    expect([hanging.state, await wrapped.get(KEY)]).toEqual(['rejected', undefined]);
  });
});

describe('A chaos store that is to be slow', () => {
  it.each(every)('answers %s when the clock has come so far', async (operation, run) => {
    store.delay('2s', { operations: [operation] });
    const slow = watched(run());
    clock.advance(1999);
    await settle();
    expect(slow.state).toBe('pending');
    clock.advance(1);
    await settle();
    expect(slow.state).toBe('resolved');
  });

  it('counts from each call', async () => {
    store.delay(100);
    const first = watched(store.get(KEY));
    clock.advance(60);
    const second = watched(store.get(KEY));
    clock.advance(40);
    await settle();
    expect([first.state, second.state]).toEqual(['resolved', 'pending']);
    store.calm();
    await store.get(KEY);
    expect(second.state).toBe('pending');
    clock.advance(60);
    await settle();
    expect(second.state).toBe('resolved');
  });

  it('keeps the order of writes when it gets faster', async () => {
    store.delay(100, { times: 1 });
    const slow = store.set(KEY, BYTES, Infinity);
    const quick = watched(store.delete([KEY]));
    await settle();
    expect(quick.state).toBe('pending');
    clock.advance(100);
    await slow;
    await settle();
    expect([quick.state, await wrapped.get(KEY)]).toEqual(['resolved', undefined]);
  });

  it.each([-1, NaN, Infinity, 'soon'])('refuses to be so for %p', (duration) => {
    expect(() => store.delay(duration)).toThrow(/delay/);
  });
});

describe('A chaos store that is to damage', () => {
  it('gives back another bit, and leaves what is stored as it is', async () => {
    await store.set(KEY, BYTES, Infinity);
    store.damage();
    expect((await store.get(KEY))?.bytes).toEqual(Uint8Array.of(1, 3, 3));
    expect((await store.getMany!([KEY, KEY])).map((found) => found?.bytes[1])).toEqual([3, 3]);
    store.calm();
    expect((await store.get(KEY))?.bytes).toEqual(BYTES);
  });

  it('damages what is empty, and not what is absent', async () => {
    await store.set(KEY, new Uint8Array(0), Infinity);
    store.damage();
    expect((await store.get(KEY))?.bytes).toHaveLength(1);
    expect(await store.get({ category: 'default', key: 'none' })).toBeUndefined();
  });

  it('damages as it is told, so often', async () => {
    await store.set(KEY, BYTES, Infinity);
    store.damage((bytes) => bytes.subarray(0, 1), { times: 1, operations: ['get'] });
    expect((await store.getMany!([KEY]))[0]?.bytes).toEqual(BYTES);
    expect((await store.get(KEY))?.bytes).toEqual(Uint8Array.of(1));
    expect((await store.get(KEY))?.bytes).toEqual(BYTES);
  });
});
