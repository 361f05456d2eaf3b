import { beforeEach, describe, expect, it } from '@jest/globals';
import { KeyHash } from '../../../../lib/core/primitives/key-hash.js';
import { KeyTable, NOT_FOUND } from '../../../../lib/core/stores/memory/key-table.js';
import { seededRandom } from '../../../../lib/integrations/testing/seeded-random.js';
import { alikeKeys, alikePair } from '../../../contract/models/alike-keys.js';

const SECRET = new KeyHash(1, 2);
const SEED = SECRET.of('') | 0;

/** A table with the column that its owner keeps for it: a key, and something else behind it. */
class Owned {
  /** Of each time that hashes came to be others: whether the table was guarded from then on. */
  readonly rehashes: boolean[] = [];
  readonly table: KeyTable;
  readonly #free: number[] = [];
  #pairs: unknown[] = [];

  constructor(slots: number, arrived?: number) {
    this.table = new KeyTable(SECRET, (_, guarded) => void this.rehashes.push(guarded), arrived);
    this.resize(slots);
  }

  get capacity(): number {
    return this.#pairs.length / 2;
  }

  resize(slots: number): void {
    for (let slot = slots - 1; slot >= Math.max(1, this.capacity); slot--) this.#free.push(slot);
    this.#pairs = [...this.#pairs, ...new Array<unknown>(2 * (slots - this.capacity))];
    this.table.resize(this.#pairs);
  }

  add(key: string): number {
    if (this.table.findForWrite(key) !== NOT_FOUND) throw new Error(`${key} is in`);
    return this.addMissing(key);
  }

  /** Of a key that the table was just asked for. */
  addMissing(key: string): number {
    if (this.#free.length === 0) this.resize(this.capacity * 2);
    const slot = this.#free.pop()!;
    this.#pairs[2 * slot] = key;
    this.table.add(slot);
    return slot;
  }

  remove(slot: number): void {
    this.table.remove(slot);
    this.#pairs[2 * slot] = undefined;
    this.#free.push(slot);
  }

  clear(): void {
    this.table.clear();
    this.#pairs.fill(undefined);
  }

  keys(): string[] {
    return [...this.table.slots()].map((slot) => this.#pairs[2 * slot] as string);
  }
}

const sameBeginning = (n: number): string => `key ${n}`;

/** Keys of a few families, long ones among them, and of no family at all. */
function anyBeginning(n: number): string {
  const families = [
    'user:',
    'user:',
    'users/',
    'u',
    '',
    'x'.repeat(120),
    'x'.repeat(150),
    '\ud800',
  ];
  return `${families[n % families.length]!}${n}`;
}

/** A while of one family only, and then of another. */
const turning = (n: number): string => `${n < 500 ? 'quotes:2026-12-' : 'quotes:2027-01-'}${n}`;

describe('The table of keys', () => {
  it.each([
    [1, sameBeginning],
    [2, sameBeginning],
    [3, anyBeginning],
    [4, anyBeginning],
    [5, turning],
  ])('is a Map of keys and slots (seed %i)', (seed, nameOf) => {
    const random = seededRandom(seed);
    const owned = new Owned(1);
    const model = new Map<string, number>();
    for (let step = 0; step < 20_000; step++) {
      // Up to a thousand keys, then down to a few, over and over.
      const key = nameOf(random(step % 4000 < 2000 ? 1000 : 50));
      const slot = random(2) === 0 ? owned.table.find(key) : owned.table.findForWrite(key);
      // No `expect` for each: it costs more than all the rest.
      if (slot !== (model.get(key) ?? NOT_FOUND)) throw new Error(`${key} is in ${slot}`);
      if (slot === NOT_FOUND) model.set(key, owned.add(key));
      else if (random(2) === 0) {
        owned.remove(slot);
        model.delete(key);
      }
      if (step % 500 === 0) {
        owned.table.checkInvariants();
        expect(owned.keys()).toEqual([...model.keys()]);
      }
    }
    expect(owned.table.size).toBe(model.size);
    owned.clear();
    owned.table.checkInvariants();
    expect(owned.table.find(nameOf(1))).toBe(NOT_FOUND);
    expect(owned.rehashes).toEqual([]);
  });

  it('is a Map while what keys begin with changes after thousands of them', () => {
    const random = seededRandom(6);
    const owned = new Owned(1);
    const model = new Map<string, number>();
    for (let step = 0; step < 60_000; step++) {
      const era = Math.floor(step / 10_000);
      const key = `${'market:quotes:'.slice(0, 14 - 2 * era)}${era % 2}${random(3000)}`;
      const slot = owned.table.findForWrite(key);
      if (slot !== (model.get(key) ?? NOT_FOUND)) throw new Error(`${key} is in ${slot}`);
      if (slot === NOT_FOUND) model.set(key, owned.add(key));
      const [oldest] = model.keys();
      if (model.size > 2000 && owned.table.find(oldest!) === model.get(oldest!)) {
        owned.remove(model.get(oldest!)!);
        model.delete(oldest!);
      }
      if (step % 1000 === 0) owned.table.checkInvariants();
    }
    expect(owned.keys()).toEqual([...model.keys()]);
    expect(new Set(owned.rehashes)).toEqual(new Set([false]));
  });

  it('does not read again what all keys begin with, and finds whatever begins otherwise', () => {
    const owned = new Owned(8);
    const missing = [
      '',
      'user',
      'user:',
      'user:1',
      'usher:12',
      'user:123',
      'User:12',
      'x'.repeat(200),
    ];
    const keys = ['user:12', 'user:345', 'use', 'y'.repeat(200), 'other'];
    for (const [count, key] of keys.entries()) {
      for (const other of [...missing, ...keys.slice(count)]) {
        expect(owned.table.find(other)).toBe(NOT_FOUND);
        expect(owned.table.hashOfMissing(other)).toBe(owned.table.hashOf(other));
      }
      owned.add(key);
      owned.table.checkInvariants();
    }
    for (const key of keys) owned.remove(owned.table.find(key));
    owned.add('user:12');
    owned.table.checkInvariants();
  });

  it('comes to no wrong hash for a key that was missing before others were', () => {
    const owned = new Owned(8);
    owned.add('user:1');
    owned.table.find('user:2');
    owned.table.hashOfMissing('user:2');
    expect([owned.table.find('account:1'), owned.table.find('user:3')]).toEqual([-1, -1]);
    expect(owned.table.findForWrite('user:2')).toBe(NOT_FOUND);
    owned.addMissing('user:2');
    owned.table.checkInvariants();
  });

  describe('once thousands of keys have begun alike', () => {
    let owned: Owned;

    beforeEach(() => {
      owned = new Owned(1);
      for (let n = 0; n < 5000; n++) owned.add(`user:${n}`);
    });

    it('finds keys that begin otherwise, and sees to it before there are many', () => {
      let unnoticed = 0;
      for (let n = 0; n < 500; n++) {
        const key = `team:${n}`;
        owned.add(key);
        if (owned.rehashes.length === 0) unnoticed++;
        if (n % 20 === 0) owned.table.checkInvariants();
        expect(owned.table.find(key)).toBeGreaterThan(0);
        expect(owned.table.find(`item:${n}`)).toBe(NOT_FOUND);
      }
      expect(owned.rehashes).toEqual([false]);
      expect(owned.table.guarded).toBe(false);
      expect(unnoticed).toBeLessThan(100);
      for (let n = 0; n < 5000; n++) expect(owned.table.find(`user:${n}`)).toBeGreaterThan(0);
    });

    it('takes those that end alike for no attack', () => {
      const keys = ['user:1', 'team:1', 'item:1', 'unit:1', 'firm:1', 'role:1'];
      for (const key of keys.slice(1)) owned.add(key);
      owned.table.checkInvariants();
      expect(owned.table.guarded).toBe(false);
      expect(new Set(keys.map((key) => owned.table.hashIn(owned.table.find(key)))).size).toBe(6);
    });

    it('looks at those that are no longer than what is common at once', () => {
      owned.add('a');
      expect(owned.table.hashIn(owned.table.find('a'))).toBe(owned.table.hashOf('a'));
    });

    it('tells no other hash, before many, of those that are only asked for', () => {
      const missing = Array.from({ length: 1000 }, (_, n) => `team:${n}`);
      const isTold = (key: string): boolean => {
        if (owned.table.find(key) !== NOT_FOUND) throw new Error(`${key} is in`);
        return owned.table.hashOfMissing(key) === owned.table.hashOf(key);
      };
      const told = missing.map(isTold);
      expect(told.lastIndexOf(false)).toBeLessThan(100);
      expect(told.filter((each) => !each).length).toBeGreaterThan(0);
      // From then on none, whatever comes.
      for (let n = 0; n < 10_000; n++) owned.add(`user:${5000 + n}`);
      expect(missing.every(isTold)).toBe(true);
      expect(owned.rehashes).toEqual([]);
      owned.table.checkInvariants();
    });

    it('puts those right that have come unseen, when one is only asked for', () => {
      const come = Array.from({ length: 10 }, (_, n) => `team:${n}`).filter((key) => {
        owned.add(key);
        return owned.rehashes.length === 0;
      });
      expect(come.length).toBeGreaterThan(0);
      for (let n = 0; n < 200 && owned.rehashes.length === 0; n++) {
        owned.table.find(`item:${n}`);
        owned.table.hashOfMissing(`item:${n}`);
      }
      expect(owned.rehashes).toEqual([false]);
      owned.table.checkInvariants();
      for (const key of come)
        expect(owned.table.hashIn(owned.table.find(key))).toBe(owned.table.hashOf(key));
    });

    it('gives the quick hash up for chosen keys all the same', () => {
      for (const key of alikeKeys(4096, SEED)) owned.add(key);
      expect(owned.table.guarded).toBe(true);
      owned.table.checkInvariants();
    });

    it.each(['cleared', 'emptied'])('begins anew when it is %s', (how) => {
      expect(owned.table.findForWrite('team:1')).toBe(NOT_FOUND);
      if (how === 'cleared') owned.clear();
      else for (const slot of owned.table.slots()) owned.remove(slot);
      owned.add('team:1');
      owned.add('team:2');
      owned.table.checkInvariants();
      expect(owned.table.hashOfMissing('user:1')).toBe(owned.table.hashOf('user:1'));
      expect(owned.rehashes).toEqual([]);
    });
  });

  it('finds the empty key, long ones, and halves of characters', () => {
    const owned = new Owned(8);
    const keys = ['', 'x'.repeat(100_000), 'x'.repeat(100_001), '\ud800', '\udc00', '\0'];
    const slots = keys.map((key) => owned.add(key));
    expect(keys.map((key) => owned.table.find(key))).toEqual(slots);
    owned.table.checkInvariants();
  });

  it('finds nothing by what is no string', () => {
    const owned = new Owned(8);
    owned.add('1');
    owned.add('undefined');
    for (const key of [1, undefined, null, ['1'], {}, Symbol('1')]) {
      expect(owned.table.find(key as string)).toBe(NOT_FOUND);
    }
  });

  it('tells the hash of a key as long as it is in', () => {
    const owned = new Owned(8);
    const slot = owned.add('a');
    expect(owned.table.hashIn(slot)).toBe(owned.table.hashOf('a'));
    expect([owned.table.holds(slot), owned.table.holds(slot + 1)]).toEqual([true, false]);
    owned.remove(slot);
    expect(owned.table.holds(slot)).toBe(false);
  });

  it('gives the quick hash up when keys are chosen to be alike, and finds all of them afterwards', () => {
    const owned = new Owned(4);
    const others = Array.from({ length: 100 }, (_, n) => `other ${n}`);
    for (const key of others) owned.add(key);
    expect(owned.table.guarded).toBe(false);
    const keys = alikeKeys(4096, SEED);
    for (const key of keys) owned.add(key);
    expect(owned.table.guarded).toBe(true);
    expect(owned.rehashes).toEqual([true]);
    owned.table.checkInvariants();
    expect(new Set(keys.map((key) => owned.table.hashOf(key))).size).toBe(keys.length);
    expect(owned.keys()).toEqual([...others, ...keys]);
    for (const key of keys) owned.remove(owned.table.find(key));
    owned.table.checkInvariants();
    expect(owned.keys()).toEqual(others);
  });

  it('takes three keys of one hash for chance', () => {
    const owned = new Owned(8);
    const [a, b, c, d] = alikeKeys(4, SEED);
    for (const key of [a, b, c]) owned.add(key!);
    expect(owned.table.guarded).toBe(false);
    expect([a, b, c].map((key) => owned.table.find(key!))).not.toContain(NOT_FOUND);
    owned.add(d!);
    expect(owned.table.guarded).toBe(true);
    owned.table.checkInvariants();
  });

  it.each([
    ['paths', (n: number) => `/accounts/${n}/positions`],
    // A hash that combines two characters before it multiplies has a twelfth of these twice.
    [
      'names in Han and Hangul',
      (n: number) =>
        String.fromCharCode(0x4e00 + (n % 20_000), 0x4e00 + n / 20_000, 0xac00 + (n % 11_000)),
    ],
  ])('keeps the quick hash for half a million keys that nobody chose: %s', (_name, nameOf) => {
    const owned = new Owned(1);
    for (let n = 0; n < 500_000; n++) owned.add(nameOf(n));
    expect(owned.table.guarded).toBe(false);
    owned.table.checkInvariants();
  });

  it('numbers arrivals anew when the numbers are used up', () => {
    const owned = new Owned(8, -3);
    const slots = ['a', 'b', 'c', 'd'].map((key) => owned.add(key));
    expect(owned.keys()).toEqual(['a', 'b', 'c', 'd']);
    owned.remove(slots[1]!);
    expect(owned.table.holds(slots[1]!)).toBe(false);
    expect(owned.keys()).toEqual(['a', 'c', 'd']);
    owned.table.checkInvariants();
  });

  it.each(['ab', 'abcdefghij'])(
    'finds keys that do not begin with %s as the others do',
    (start) => {
      const owned = new Owned(8);
      owned.add(`${start}:1`);
      owned.add(`${start}:2`);
      const others = ['', start.slice(0, -1), start, `${start.slice(0, -1)}x:1`, 'x'];
      for (const key of others) expect(owned.table.find(key)).toBe(NOT_FOUND);
      for (const key of others) owned.add(key);
      owned.table.checkInvariants();
      for (const key of others) expect(owned.table.find(key)).toBeGreaterThan(0);
    },
  );

  it('tells a key that begins otherwise from those that leave the hash in the same state', () => {
    const [one, other] = alikePair(SEED);
    const owned = new Owned(8);
    for (const key of [`${one}x`, `${one}y`, `${other}user`]) owned.add(key);
    // Fewer characters are common from now on than left the same state.
    owned.add(`${one[0]}!`);
    owned.table.checkInvariants();
    expect(owned.table.find(`${other}user`)).toBeGreaterThan(0);
  });

  it.each([0, 0.3, 1])(
    'has all keys, in their order, when it is many times as large (%d of its memory taken before)',
    (share) => {
      const owned = new Owned(2000);
      for (let n = 0; n < 1999; n++) owned.add(anyBeginning(n));
      const keys = owned.keys();
      if (share > 0) owned.table.prepare(100_000, share);
      expect(owned.keys()).toEqual(keys);
      owned.remove(owned.table.find(keys[7]!));
      owned.resize(100_000);
      owned.table.checkInvariants();
      expect(owned.keys()).toEqual(keys.filter((key) => key !== keys[7]));
    },
  );

  it('takes memory for more keys, and is another size in the end', () => {
    const owned = new Owned(100);
    for (let n = 0; n < 50; n++) owned.add(sameBeginning(n));
    for (let part = 0; part < 6; part++) owned.table.prepare(50_000, 0.25);
    owned.table.prepare(100, 1);
    owned.resize(1000);
    owned.table.checkInvariants();
    for (let n = 50; n < 900; n++) owned.add(sameBeginning(n));
    owned.table.checkInvariants();
  });

  it('keeps chosen keys apart when it grows', () => {
    const owned = new Owned(200);
    for (const key of alikeKeys(16, SEED)) owned.add(key);
    expect(owned.table.guarded).toBe(true);
    const keys = owned.keys();
    owned.resize(50_000);
    owned.table.checkInvariants();
    expect(owned.keys()).toEqual(keys);
  });
});
