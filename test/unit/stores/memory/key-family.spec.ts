import { describe, expect, it } from '@jest/globals';
import { KeyHash } from '../../../../lib/core/primitives/key-hash.js';
import { NumberFamily, TextFamily } from '../../../../lib/core/stores/memory/key-family.js';
import { KeyTable, UNSEEN } from '../../../../lib/core/stores/memory/key-table.js';
import { quickHash } from '../../../../lib/core/stores/memory/quick-hash.js';
import { alikeKeys } from '../../../contract/models/alike-keys.js';

const SECRET = new KeyHash(1, 2);
const SEED = SECRET.of('') | 0;

describe('Keys that differ in a text', () => {
  it.each([
    ['a function and the length of its text', (length: number) => `quote(s${length}:`, ')'],
    ['nothing but its end', () => '', '.'],
    ['as much as is read of a long key', () => 'b'.repeat(64), ')'],
  ])('hash a text as its key is hashed; around it is %s', (_, before, after) => {
    const family = new TextFamily(SEED, before, after);
    for (let length = 0; length <= 128; length++) {
      const text = Array.from({ length }, (_, at) => String.fromCharCode(40 + at * 7)).join('');
      expect(family.covers(text)).toBe(true);
      expect(family.hashOf(text)).toBe(quickHash(before(length) + text + after, SEED));
    }
    expect(family.covers('x'.repeat(129))).toBe(false);
  });

  it('cover no text if more is before it than is read of a long key', () => {
    expect(new TextFamily(SEED, () => 'b'.repeat(65), ')').covers('')).toBe(false);
  });
});

describe('Keys that differ in a number', () => {
  it('hash a number as its key is hashed', () => {
    const family = new NumberFamily(SEED, 'quote(n', ')');
    const tens = Array.from({ length: 9 }, (_, digits) => 10 ** digits);
    for (const value of [...tens.flatMap((ten) => [ten, 7 * ten, 10 * ten - 1]), 102_030_405]) {
      expect(family.covers(value)).toBe(true);
      expect(family.hashOf(value)).toBe(quickHash(`quote(n${value})`, SEED));
    }
  });

  it.each([0, -0, -1, 1.5, 1e9, 2 ** 32 + 1, Infinity, NaN])('cover no %d', (value) => {
    expect(new NumberFamily(SEED, 'quote(n', ')').covers(value)).toBe(false);
  });

  it('cover no number if its key is a long one', () => {
    expect(new NumberFamily(SEED, 'b'.repeat(118), ')').covers(1)).toBe(true);
    expect(new NumberFamily(SEED, 'b'.repeat(119), ')').covers(1)).toBe(false);
  });
});

describe('The table of keys, asked by values', () => {
  function tableOf(keys: readonly string[]) {
    const pairs = new Array<unknown>(2 * keys.length);
    const table = new KeyTable(SECRET, () => {});
    const put = (slot: number): void => {
      table.findForWrite(keys[slot]!);
      pairs[2 * slot] = keys[slot];
      table.add(slot);
    };
    table.resize(pairs);
    // No key is in slot 0.
    for (let slot = 1; slot < keys.length; slot++) put(slot);
    const find = (family: TextFamily, text: string): number =>
      table.findNoted(family.hashOf(text), family, text);
    return { table, put, find };
  }

  const keys = ['', 'quote(s1:A)', 'quote(s1:B)', 'rate(s1:A)', 'quote(n1)'];

  it('finds what was noted, by its family alone, until it goes', () => {
    const { table, put, find } = tableOf(keys);
    const quotes = table.textFamily(() => 'quote(s1:', ')');
    const rates = table.textFamily(() => 'rate(s1:', ')');
    expect(find(quotes, 'A')).toBe(UNSEEN);
    table.note(1, quotes, 'A');
    expect(find(quotes, 'A')).toBe(1);
    expect(find(rates, 'A')).toBe(UNSEEN);
    expect(find(quotes, 'B')).toBe(UNSEEN);
    table.note(3, rates, 'A');
    expect([find(quotes, 'A'), find(rates, 'A')]).toEqual([1, 3]);
    table.remove(1);
    expect(find(quotes, 'A')).toBe(UNSEEN);
    put(1);
    expect(find(quotes, 'A')).toBe(UNSEEN);
    expect(find(rates, 'A')).toBe(3);
    table.clear();
    expect(find(rates, 'A')).toBe(UNSEEN);
  });

  it('finds numbers', () => {
    const { table } = tableOf(keys);
    const family = table.numberFamily('quote(n', ')');
    table.note(4, family, 1);
    expect(table.findNoted(family.hashOf(1), family, 1)).toBe(4);
    expect(table.findNoted(family.hashOf(2), family, 2)).toBe(UNSEEN);
  });

  it('keeps its notes as it grows', () => {
    const { table, find } = tableOf(keys);
    const family = table.textFamily(() => 'quote(s1:', ')');
    table.note(2, family, 'B');
    table.resize([...keys, ...new Array<string>(500)].flatMap((key) => [key, undefined]));
    expect(find(family, 'B')).toBe(2);
  });

  it('finds what has come after thousands that begin otherwise', () => {
    const users = Array.from({ length: 5000 }, (_, n) => `user:${n}`);
    const some = Array.from({ length: 8 }, (_, n) => `quote(n${n + 1})`);
    const { table } = tableOf(['', ...users, ...some]);
    const family = table.numberFamily('quote(n', ')');
    for (const at of some.keys()) {
      const slot = 5001 + at;
      table.note(slot, family, at + 1);
      expect(table.findNoted(family.hashOf(at + 1), family, at + 1)).toBe(slot);
    }
    table.checkInvariants();
  });

  it('has every key asked for as a whole once keys are chosen to be alike', () => {
    const { table, find } = tableOf(['', 'A.', ...alikeKeys(8, SEED)]);
    const family = table.textFamily(() => '', '.');
    table.note(1, family, 'A');
    expect(table.guarded).toBe(true);
    expect(find(family, 'A')).toBe(UNSEEN);
  });
});
