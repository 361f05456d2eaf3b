import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { CacheOptionsError } from '../../lib/core.js';
import { FileStore } from '../../lib/core/stores/file/file-store.js';
import {
  byteStoreContract,
  ChaosStore,
  MemoryByteStore,
  type ByteStore,
  type ManualClock,
  type StoredBytes,
  type StoreKey,
} from '../../lib/testing.js';

const folder = mkdtempSync(join(tmpdir(), 'byte-stores-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let folders = 0;
const fileStore =
  (concurrency: number) =>
  (clock: ManualClock): ByteStore =>
    new FileStore({
      directory: join(folder, `${++folders}`),
      concurrency,
      limitsOf: () => ({ maxEntries: Infinity, maxBytes: Infinity }),
      now: () => clock.now(),
      removed: () => {},
    });

describe('The contract of a byte store', () => {
  const stores: [string, (clock: ManualClock) => ByteStore][] = [
    ['files, three at a time', fileStore(3)],
    ['files, one at a time', fileStore(1)],
    ['memory', (clock) => new MemoryByteStore(clock)],
    ['chaos at rest', (clock) => new ChaosStore(new MemoryByteStore(clock), clock)],
  ];
  for (const [name, create] of stores) {
    const atOnce = name === 'files, one at a time' ? 200 : 2000;
    for (const check of byteStoreContract(name, create, { atOnce })) {
      it(`${check.name}`, () => check.run());
    }
  }

  it('can be had without the checks that move the clock, and with smaller values', async () => {
    let largest = 0;
    class Small extends MemoryByteStore {
      override async set(key: StoreKey, bytes: Uint8Array, expiresAt: number): Promise<void> {
        largest = Math.max(largest, bytes.length);
        return super.set(key, bytes, expiresAt);
      }
    }
    const create = (clock: ManualClock): ByteStore => new Small(clock);
    const checks = byteStoreContract('small', create, {
      largestBytes: 100_000,
      atOnce: 10,
      movableClock: false,
    });
    for (const check of checks) await check.run();
    expect(largest).toBe(100_000);
    expect(checks.length).toBe(byteStoreContract('small', create).length - 4);
  });
});

describe('The contract suite of byte stores', () => {
  const runAll = async (create: (clock: ManualClock) => ByteStore): Promise<string[]> => {
    const failed: string[] = [];
    for (const { name, run } of byteStoreContract('it', create, { atOnce: 2 })) {
      await run().catch((error: Error) => failed.push(`${name}: ${error.message}`));
    }
    return failed;
  };

  it('closes each store once', async () => {
    const closed: number[] = [];
    class Counting extends MemoryByteStore {
      readonly #at = closed.push(0) - 1;
      override async close(): Promise<void> {
        closed[this.#at]!++;
      }
    }
    expect(await runAll((clock) => new Counting(clock))).toEqual([]);
    expect(new Set(closed)).toEqual(new Set([1]));
  });

  it('says what the check has found, and of what keeps a store from closing where it found nothing', async () => {
    class Unclosable extends MemoryByteStore {
      override async set(key: StoreKey, bytes: Uint8Array, expiresAt: number): Promise<void> {
        if (key.category === 'large') throw new Error('too large');
        return super.set(key, bytes, expiresAt);
      }

      override async close(): Promise<void> {
        throw new Error('not to be closed');
      }
    }
    const failed = await runAll((clock) => new Unclosable(clock));
    const large = failed.filter((line) => line.includes('large values'));
    expect(large).toEqual(['it: large values come back whole: too large']);
    expect(failed.filter((line) => !line.endsWith(': not to be closed'))).toEqual(large);
    expect(failed).toHaveLength(byteStoreContract('it', (clock) => new Unclosable(clock)).length);
  });

  it('leaves no rejection behind of a store that sets nothing', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    class Full extends MemoryByteStore {
      override async set(): Promise<void> {
        throw new Error('full');
      }

      override async close(): Promise<void> {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const failed = await runAll((clock) => new Full(clock));
    expect(failed).toContain('it: close waits for what was started: full');
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it.each([255, 256, 1000, 65_536])(
    'writes no values of more bytes than it is told: %i',
    (most) => {
      const create = (clock: ManualClock): ByteStore => {
        const store = new MemoryByteStore(clock);
        const set = store.set.bind(store);
        store.set = async (key, bytes, expiresAt) => {
          if (bytes.length > most) throw new Error(`${bytes.length} bytes are too many`);
          return set(key, bytes, expiresAt);
        };
        return store;
      };
      if (most < 256) {
        const refused = 'largestBytes: got 255, must be a whole number from 256';
        expect(() => byteStoreContract('it', create, { largestBytes: most })).toThrow(refused);
        return undefined;
      }
      const checks = byteStoreContract('it', create, { largestBytes: most, atOnce: 2 });
      return Promise.all(checks.map((check) => check.run()));
    },
  );

  it.each<[unknown, RegExp]>([
    [null, /^options: got null, must be an object$/],
    [{ largestBytes: 0 }, /^largestBytes: got 0, must be a whole number from 256$/],
    [{ largestBytes: 1000.5 }, /^largestBytes: got 1000.5, must be a whole number from 256$/],
    [{ largestBytes: '4mb' }, /^largestBytes: got "4mb", must be a whole number from 256$/],
    [{ atOnce: -1 }, /^atOnce: got -1, must be a whole number from 1$/],
    [{ atOnce: Infinity }, /^atOnce: got Infinity, must be a whole number from 1$/],
    [{ movableClock: 0 }, /^movableClock: got 0, must be true or false$/],
    [{ maxBytes: 1 }, /no such option, only largestBytes, atOnce, movableClock$/],
  ])('refuses %j for its options', (options, message) => {
    const make = (): unknown =>
      byteStoreContract('it', (clock) => new MemoryByteStore(clock), options as never);
    expect(make).toThrow(CacheOptionsError);
    expect(make).toThrow(message);
  });

  it('takes options that are undefined for left out', () => {
    const options = { largestBytes: undefined, atOnce: undefined } as never;
    expect(() =>
      byteStoreContract('it', (clock) => new MemoryByteStore(clock), options),
    ).not.toThrow();
  });
});

type Broken = (store: ByteStore, clock: ManualClock) => Partial<ByteStore>;

/** What is wrong with a store, and the check that has to notice it. */
const BROKEN: [fault: string, noticed: RegExp, Broken][] = [
  ['has no name', /has a name/, () => ({ name: '' })],
  ['forgets', /comes back/, () => ({ get: async () => undefined })],
  [
    'takes no bytes for a miss',
    /no bytes/,
    (store) => ({
      get: async (key) => {
        const found = await store.get(key);
        return found && found.bytes.length > 0 ? found : undefined;
      },
    }),
  ],
  [
    'tells another expiry',
    /comes back/,
    (store) => ({
      get: async (key) => {
        const found = await store.get(key);
        return found && { ...found, expiresAt: found.expiresAt + 1 };
      },
    }),
  ],
  [
    'cuts large values',
    /large values/,
    (store) => ({
      set: (key, bytes, at) => store.set(key, bytes.subarray(0, 2 ** 21), at),
    }),
  ],
  [
    'keeps the memory behind a view',
    /of a view/,
    (store) => ({
      set: (key, bytes, at) => store.set(key, new Uint8Array(bytes.buffer), at),
    }),
  ],
  [
    'keeps the buffer it is given',
    /buffer/,
    (store) => {
      const given = new Map<string, StoredBytes>();
      return {
        get: async ({ key }) => given.get(key),
        set: async ({ key }, bytes, expiresAt) => void given.set(key, { bytes, expiresAt }),
        delete: (keys) => store.delete(keys),
      };
    },
  ],
  ...(
    [
      ['joins category and key', ({ category, key }) => `${category}:${key}`],
      ['knows no case', (key) => JSON.stringify(key).toLowerCase()],
      ['cuts keys at NUL', ({ category, key }) => JSON.stringify([category, key.split('\0')[0]])],
      ['cuts long keys', ({ category, key }) => JSON.stringify([category, key.slice(0, 250)])],
      [
        'makes UTF-8 of keys',
        ({ category, key }) => JSON.stringify([category, Buffer.from(key).toString()]),
      ],
      ['composes letters', ({ category, key }) => JSON.stringify([category, key.normalize('NFC')])],
    ] satisfies [string, (key: StoreKey) => string][]
  ).map(([fault, rename]): [string, RegExp, Broken] => [
    fault,
    /no two addresses/,
    (store) => {
      const renamed = (key: StoreKey): StoreKey => ({ category: 'all', key: rename(key) });
      return {
        get: (key) => store.get(renamed(key)),
        set: (key, bytes, at) => store.set(renamed(key), bytes, at),
        delete: (keys) => store.delete(keys.map(renamed)),
      };
    },
  ]),
  [
    'keeps what is over',
    /over when it is set/,
    (store, clock) => ({
      set: async (key, bytes, at) => {
        if (at > clock.now()) await store.set(key, bytes, at);
      },
    }),
  ],
  [
    'counts keys, not entries',
    /how many there were/,
    (store) => ({
      delete: async (keys) => {
        await store.delete(keys);
        return keys.length;
      },
    }),
  ],
  [
    'counts none',
    /how many there were/,
    (store) => ({
      delete: async (keys) => {
        await store.delete(keys);
        return 0;
      },
    }),
  ],
  [
    'lets short writes overtake long ones',
    /in the order of the calls/,
    (store) => ({
      set: async (key, bytes, at) => {
        for (let turn = 0; turn < Math.min(bytes.length, 50); turn++) await undefined;
        await store.set(key, bytes, at);
      },
    }),
  ],
  [
    'loses some of many',
    /at once/,
    (store) => {
      let running = 0;
      return {
        set: async (key, bytes, at) => {
          if (++running < 1000) await store.set(key, bytes, at);
          running--;
        },
      };
    },
  ],
  [
    'answers getMany in its own order',
    /getMany/,
    (store) => ({ getMany: async (keys) => (await store.getMany!(keys)).reverse() }),
  ],
  [
    'takes the first of setMany',
    /setMany/,
    (store) => ({ setMany: (entries) => store.setMany!([...entries].reverse()) }),
  ],
  [
    'takes the empty category for all',
    /one category/,
    (store) => ({ clear: (category) => store.clear!(category === '' ? undefined : category) }),
  ],
  [
    'clears by what a name begins with',
    /called alike/,
    (store) => {
      const seen = new Set<string>();
      return {
        set: (key, bytes, at) => {
          seen.add(key.category);
          return store.set(key, bytes, at);
        },
        clear: async (category) => {
          if (category === undefined) return store.clear!();
          for (const each of seen) if (each.startsWith(category)) await store.clear!(each);
        },
      };
    },
  ],
  [
    'does not clear everything',
    /empties everything/,
    (store) => ({ clear: async (category) => void (category && (await store.clear!(category))) }),
  ],
  [
    'clears late',
    /set after it/,
    (store) => {
      let cleared: string[] = [];
      return {
        clear: async (category) => {
          if (category === undefined) await store.clear!();
          else cleared.push(category);
        },
        prune: async (budgetMs) => {
          for (const category of cleared) await store.clear!(category);
          cleared = [];
          return store.prune!(budgetMs);
        },
        get: async (key) => (cleared.includes(key.category) ? undefined : store.get(key)),
      };
    },
  ],
  [
    'closes at once',
    /close waits/,
    (store) => ({
      set: async (key, bytes, at) => {
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
        await store.set(key, bytes, at);
      },
    }),
  ],
  [
    'serves what has expired',
    /until its time/,
    (store) => {
      const kept = new Map<string, StoredBytes>();
      return {
        set: async (key, bytes, expiresAt) => {
          kept.set(JSON.stringify(key), { bytes: Uint8Array.from(bytes), expiresAt });
          return store.set(key, bytes, expiresAt);
        },
        get: async (key) => kept.get(JSON.stringify(key)),
      };
    },
  ],
  [
    'ends a millisecond early',
    /until its time/,
    (store, clock) => ({
      get: async (key) => {
        const found = await store.get(key);
        return found && found.expiresAt - 1 > clock.now() ? found : undefined;
      },
    }),
  ],
  [
    'counts time in 32 bits',
    /24\.8 days/,
    (store, clock) => ({
      set: (key, bytes, at) =>
        store.set(key, bytes, at === Infinity ? at : clock.now() + ((at - clock.now()) | 0)),
    }),
  ],
  [
    'counts what has expired',
    /not counted by delete/,
    (store) => {
      const keys = new Set<string>();
      return {
        set: (key, bytes, at) => {
          keys.add(JSON.stringify(key));
          return store.set(key, bytes, at);
        },
        delete: async (gone) => {
          await store.delete(gone);
          return gone.filter((key) => keys.delete(JSON.stringify(key))).length;
        },
      };
    },
  ],
  [
    'prunes nothing',
    /prune removes/,
    () => ({ prune: async () => ({ expired: 0, evicted: 0, bytesFreed: 0 }) }),
  ],
];

describe('The contract suite of byte stores finds one that', () => {
  it.each(BROKEN)('%s', async (_fault, noticed, breakIt) => {
    const create = (clock: ManualClock): ByteStore => {
      const store = new MemoryByteStore(clock);
      const whole: ByteStore = {
        name: 'broken',
        get: (key) => store.get(key),
        set: (key, bytes, at) => store.set(key, bytes, at),
        delete: (keys) => store.delete(keys),
        getMany: (keys) => store.getMany(keys),
        setMany: (entries) => store.setMany(entries),
        clear: (category) => store.clear(category),
        prune: () => store.prune(),
        close: () => store.close(),
      };
      return { ...whole, ...breakIt(whole, clock) };
    };
    const failed: string[] = [];
    for (const { name, run } of byteStoreContract('broken', create, { atOnce: 1100 })) {
      await run().catch(() => failed.push(name));
    }
    expect(failed.join('\n')).toMatch(noticed);
  });
});
