import { describe, expect, it } from '@jest/globals';
import { estimateEntryBytes } from '../../../lib/core/stores/memory/size-estimate.js';

const OVERHEAD = estimateEntryBytes('', undefined);
const bytesOf = (value: unknown): number => estimateEntryBytes('', value) - OVERHEAD;

describe('The estimated size of an entry', () => {
  it('has an overhead, and grows with the key', () => {
    expect(OVERHEAD).toBeGreaterThan(50);
    expect(OVERHEAD).toBeLessThan(250);
    expect(estimateEntryBytes('k'.repeat(100), undefined) - OVERHEAD).toBe(100);
  });

  it.each<[string, unknown]>([
    ['a number', 5],
    ['a boolean', true],
    ['null', null],
    ['undefined', undefined],
  ])('is nothing beyond that for %s', (_what, value) => {
    expect(bytesOf(value)).toBe(0);
  });

  it.each<[string, unknown, number]>([
    ['a string', 'x'.repeat(10_000), 10_000],
    ['a buffer', Buffer.alloc(50_000), 50_000],
    ['an array buffer', new ArrayBuffer(50_000), 50_000],
    ['a typed array', new Float64Array(1000), 8000],
    ['a list of numbers', Array.from({ length: 10_000 }, (_, at) => at), 80_000],
    ['a list of strings', Array.from({ length: 1000 }, () => 'x'.repeat(90)), 110_000],
    ['a map', new Map(Array.from({ length: 1000 }, (_, at) => [at, 'x'.repeat(50)])), 100_000],
    ['a set', new Set(Array.from({ length: 1000 }, (_, at) => `${at}`.padEnd(50))), 100_000],
    ['objects', Array.from({ length: 1000 }, (_, id) => ({ id, name: 'x'.repeat(20) })), 85_000],
    [
      'an object',
      Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`k${at}`, 'x'.repeat(76)])),
      50_000,
    ],
  ])('is within a factor of two for %s', (_what, value, expected) => {
    expect(bytesOf(value)).toBeGreaterThan(expected / 2);
    expect(bytesOf(value)).toBeLessThan(expected * 2);
  });

  it('counts a shared object once, and ends for a cyclic one', () => {
    const big = { text: 'x'.repeat(10_000) };
    expect(bytesOf([big, big, big])).toBeLessThan(12_000);
    const cyclic: unknown[] = [];
    cyclic.push(cyclic, { cyclic });
    expect(bytesOf(cyclic)).toBeLessThan(500);
  });

  it('runs no code of the value', () => {
    let ran = false;
    const value = {
      get trap(): string {
        ran = true;
        return 'x';
      },
      toJSON: (): void => {
        ran = true;
      },
    };
    expect(bytesOf(value)).toBeGreaterThan(0);
    expect(ran).toBe(false);
  });

  it('is bounded in its work for a graph of a million objects', () => {
    let read = 0;
    const list = new Proxy(
      Array.from({ length: 1_000_000 }, () => 'x'),
      {
        get(target, name, receiver): unknown {
          read++;
          return Reflect.get(target, name, receiver);
        },
      },
    );
    expect(bytesOf(list)).toBeGreaterThan(8_000_000);
    expect(read).toBeLessThan(1000);
  });
});
