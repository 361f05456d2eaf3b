import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { estimateEntryBytes } from '../../../../lib/core/stores/memory/size-estimate.js';

const OVERHEAD = estimateEntryBytes('', undefined);
const bytesOf = (value: unknown): number => estimateEntryBytes('', value) - OVERHEAD;

afterEach(() => {
  jest.restoreAllMocks();
});

function fail(): never {
  throw new Error('the code of the value ran');
}

const UNRULY = new Proxy(Object.create(null) as object, { get: () => fail });

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** An heir of a built-in with members that throw. */
function heir<T extends object>(value: T, ...names: (string | symbol)[]): T {
  const members = names.map((name) => [name, { get: fail }] as const);
  const prototype = Object.create(
    Object.getPrototypeOf(value) as object,
    Object.fromEntries(members),
  ) as object;
  return Object.setPrototypeOf(value, prototype) as T;
}

function listOf<T>(length: number, item: (at: number) => T): T[] {
  return Array.from({ length }, (_, at) => item(at));
}

function chainOf(length: number): unknown {
  let chain: unknown = null;
  for (let at = 0; at < length; at++) chain = { next: chain, text: 'x'.repeat(10) };
  return chain;
}

function treeOf(depth: number): unknown {
  return depth === 0 ? { text: 'x'.repeat(10) } : [treeOf(depth - 1), treeOf(depth - 1)];
}

const PAGE = { html: 'x'.repeat(100_000) };

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

  it.each<[string, unknown, number]>([
    ['a grid', listOf(200, () => listOf(200, (id) => ({ id, name: 'x'.repeat(9) }))), 2_900_000],
    [
      'rows of objects',
      listOf(100, () =>
        Object.fromEntries(listOf(60, (at) => [`c${at}`, { at, text: 'x'.repeat(9) }])),
      ),
      440_000,
    ],
    [
      'maps of maps',
      new Map(
        listOf(150, (at) => [at, new Map(listOf(150, (id) => [id, { text: 'x'.repeat(9) }]))]),
      ),
      2_000_000,
    ],
    ['a chain', chainOf(40_000), 2_600_000],
    ['a tree', treeOf(15), 3_200_000],
    ['rows with a large field', listOf(3000, (a) => ({ a, b: 1, c: 2, d: 3, ...PAGE })), 3e8],
    [
      'a large part beside many',
      { first: { page: { ...PAGE } }, rows: listOf(9000, (id) => ({ id })) },
      460_000,
    ],
    ['every other element', listOf(4000, (at) => (at % 2 === 0 ? at : 'x'.repeat(500))), 1_060_000],
    ['many names', Object.fromEntries(listOf(20_000, (at) => [`user:${at}`, at])), 1_400_000],
    ['an error', new Error('x'.repeat(10_000), { cause: { text: 'x'.repeat(10_000) } }), 20_500],
    ['errors', new AggregateError(listOf(10, () => new Error('x'.repeat(1000)))), 15_000],
    ['a long bigint', 1n << 80_000n, 10_000],
    ['a long bigint below zero', -(1n << 80_000n), 10_000],
    ['bigints', listOf(100, () => 5n), 3200],
  ])('is within a factor of two for %s, however deep it is', (_what, value, expected) => {
    expect(bytesOf(value)).toBeGreaterThan(expected / 2);
    expect(bytesOf(value)).toBeLessThan(expected * 2);
  });

  it('does not have the stack of an error written', () => {
    const written = jest.fn(() => 'stack');
    const { prepareStackTrace } = Error;
    Error.prepareStackTrace = written;
    try {
      expect(bytesOf(new Error('no'))).toBeGreaterThan(100);
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
    expect(written).not.toHaveBeenCalled();
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

  it.each<[string, unknown]>([
    ['a proxy', new Proxy({}, UNRULY)],
    ['a proxy of a list', new Proxy([1], UNRULY)],
    ['a proxy that was revoked', revoked({})],
    ['a list that was revoked', revoked([])],
    ['an object with a proxy for a prototype', Object.create(new Proxy({}, UNRULY))],
    ['a map', heir(new Map([[1, 2]]), 'size', 'entries', 'forEach', Symbol.iterator)],
    ['a set', heir(new Set([1]), 'size', 'values', 'entries', Symbol.iterator)],
    ['a buffer', heir(Buffer.alloc(5), 'byteLength', 'length', 'buffer')],
    ['a view', heir(new DataView(new ArrayBuffer(5)), 'byteLength', 'buffer')],
    ['an array buffer', heir(new ArrayBuffer(5), 'byteLength', Symbol.toStringTag)],
    ['an error', heir(new Error('no'), 'message', 'stack', 'cause', 'name')],
    ['an instance', heir({ text: 'x' }, Symbol.toStringTag, 'constructor', 'toJSON')],
  ])('runs no code of %s, at the root or further in', (_what, value) => {
    expect(bytesOf(value)).toBeGreaterThan(0);
    expect(bytesOf({ list: [value], map: new Map([['key', value]]) })).toBeGreaterThan(0);
  });

  it('counts what cannot be looked into, and all that is beside it', () => {
    const list = Object.defineProperty([1, 2], 1, { get: fail, enumerable: true });
    expect(bytesOf(list)).toBeGreaterThan(0);
    expect(bytesOf(['x'.repeat(5000), list, 'x'.repeat(5000)])).toBeGreaterThan(10_000);
  });

  it('is as good for heirs of built-ins', () => {
    const text = 'x'.repeat(10_000);
    class OwnMap extends Map<string, string> {}
    class OwnBytes extends Uint8Array {}
    expect(bytesOf(new OwnMap([['key', text]]))).toBeGreaterThan(10_000);
    expect(bytesOf(new OwnBytes(10_000))).toBeGreaterThan(10_000);
    expect(bytesOf(new SharedArrayBuffer(10_000))).toBeGreaterThan(10_000);
    expect(bytesOf(new DataView(new ArrayBuffer(10_000)))).toBeGreaterThan(10_000);
  });

  it('is bounded in its work for a graph of a million objects', () => {
    const looks = jest.spyOn(Object, 'keys');
    const list = Array.from({ length: 1_000_000 }, () => ({}));
    expect(bytesOf(list)).toBeGreaterThan(8_000_000);
    expect(looks.mock.calls.length).toBeLessThan(1000);
    bytesOf(Array.from({ length: 1000 }, () => list.splice(-1000)));
    expect(looks.mock.calls.length).toBeLessThan(5000);
    looks.mockClear();
    bytesOf(chainOf(200_000));
    expect(looks.mock.calls.length).toBeLessThan(60_000);
  });
});
