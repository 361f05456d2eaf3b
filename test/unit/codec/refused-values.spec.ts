import { describe, expect, it } from '@jest/globals';
import { CacheSerializationError } from '../../../lib/core/primitives/errors.js';
import { ADDRESS, codec, entry } from './codecs.js';

class Money {
  readonly cents = 1;
}
class Table extends Map<string, number> {}
class List extends Array<number> {}
class Failure extends Error {}
class Moment extends Date {}
class Bytes extends Uint8Array {}

const define = (object: object, property: PropertyDescriptor): object =>
  Object.defineProperty(object, 'extra', property);
const extra = (object: object): object => Object.assign(object, { extra: 1 });

/** The second element is a getter that throws. */
function unreadable(list: unknown[]): unknown[] {
  return Object.defineProperty(list, 1, {
    enumerable: true,
    get: () => {
      throw new Error('ran');
    },
  });
}

/** Its stack, which is made into text at the first look, would never end. */
function ownName(error: Error): Error {
  return Object.assign(error, { name: error });
}

let nested: object = {};
for (let level = 0; level < 100_000; level++) nested = { nested };
let barely: unknown[] = [];
for (let level = 0; level < 2400; level++) barely = [{ barely }];

const REFUSED: Record<string, [unknown, RegExp]> = {
  'a function': [() => 1, /value\.a\[0\] is a function/],
  'a class': [Money, /is a function/],
  'a symbol': [Symbol('s'), /is a symbol/],
  'a boxed symbol': [Object(Symbol('s')), /an instance of Symbol/],
  'an instance of a class': [new Money(), /value\.a\[0\] is an instance of Money/],
  'an instance of an unnamed class': [new (class {})(), /an instance of/],
  'a method': [{ send: () => 1 }, /value\.a\[0\]\.send is a function/],
  'a heir of an object': [Object.create({ a: 1 }), /an instance of/],
  'a map of a subclass': [new Table(), /an instance of Table/],
  'a list of a subclass': [new List(), /an instance of List/],
  'an error of a subclass': [new Failure('f'), /an instance of Failure/],
  'a date of a subclass': [new Moment(), /an instance of Moment/],
  'bytes of a subclass': [new Bytes(2), /an instance of Bytes/],
  'a proxy': [new Proxy({}, {}), /a proxy/],
  'a proxy of a list': [new Proxy([], {}), /a proxy/],
  'a promise': [Promise.resolve(1), /an instance of Promise/],
  'a weak map': [new WeakMap(), /an instance of WeakMap/],
  'a weak reference': [new WeakRef({}), /an instance of WeakRef/],
  'a generator': [(function* generate() {})(), /an instance of/],
  'an iterator': [[1][Symbol.iterator](), /an instance of/],
  'an URL': [new URL('http://a'), /an instance of URL/],
  'a formatter': [new Intl.NumberFormat('en'), /an instance of NumberFormat/],
  'an exception of the DOM': [new DOMException('m'), /an instance of DOMException/],
  'an abort signal': [new AbortController().signal, /an instance of AbortSignal/],
  arguments: [
    (function collect() {
      return arguments;
    })(),
    /is/,
  ],
  'a namespace': [Math, /named by a symbol/],
  'the global object': [globalThis, /is/],
  'shared memory': [new SharedArrayBuffer(4), /an instance of SharedArrayBuffer/],
  'a view of shared memory': [new Uint8Array(new SharedArrayBuffer(4)), /shared memory/],
  'a getter': [
    {
      get extra() {
        throw new Error('ran');
      },
    },
    /value\.a\[0\]\.extra is an accessor/,
  ],
  'a setter': [{ set extra(_: number) {} }, /value\.a\[0\]\.extra is an accessor/],
  'a getter in a list': [Object.defineProperty([1], 0, { get: () => 1 }), /\[0\] is an accessor/],
  'a getter in a long list': [unreadable(Array(100).fill(1)), /value\.a\[0\]\[1\] is an accessor/],
  'a setter in a long list': [
    Object.defineProperty(Array(100).fill(1), 3, { enumerable: true, set: () => {} }),
    /value\.a\[0\]\[3\] is an accessor/,
  ],
  'a hidden property': [define({}, { value: 1 }), /value\.a\[0\]\.extra is a property that is not/],
  'a symbol property': [{ [Symbol('mine')]: 1 }, /value\.a\[0\]\[Symbol\(mine\)\] is a property/],
  'a hidden symbol property': [
    Object.defineProperty({}, Symbol('mine'), { value: 1 }),
    /\[Symbol\(mine\)\] is a property/,
  ],
  'a symbol property of a list': [Object.assign([], { [Symbol('mine')]: 1 }), /Symbol\(mine\)/],
  'a property of a map': [extra(new Map()), /\.extra is a property/],
  'a property of a set': [extra(new Set()), /\.extra is a property/],
  'a property of a date': [extra(new Date()), /\.extra is a property/],
  'a property of an expression': [extra(/a/), /\.extra is a property/],
  'a property of a buffer': [extra(Buffer.from('abc')), /\.extra is a property/],
  'a property of a long view': [extra(new Float64Array(1000)), /\.extra is a property/],
  'a property of an array buffer': [extra(new ArrayBuffer(3)), /\.extra is a property/],
  'a property of a data view': [extra(new DataView(new ArrayBuffer(3))), /\.extra is a property/],
  'a property of a boxed string': [extra(Object('abc') as object), /\.extra is a property/],
  'an accessor of an error': [define(new Error('m'), { get: () => 1 }), /\.extra is an accessor/],
  'a symbol property of an error': [
    Object.assign(new Error('m'), { [Symbol('mine')]: 1 }),
    /Symbol\(mine\)/,
  ],
  'a function as cause': [new Error('m', { cause: () => 1 }), /\[0\]\.cause is a function/],
  'a function in a list': [[1, [2, () => 1]], /value\.a\[0\]\[1\]\[1\] is a function/],
  'a function in a long list': [
    Array(99)
      .fill(1)
      .concat(() => 1),
    /value\.a\[0\]\[99\] is a func/,
  ],
  'a getter in the constructor of a long list': [
    Object.defineProperty(Array(99).fill(1), 'constructor', {
      enumerable: true,
      get: () => {
        throw new Error('ran');
      },
    }),
    /value\.a\[0\]\.constructor is an accessor/,
  ],
  'a function as the constructor of a long list': [
    Object.assign(Array(99).fill(1), { constructor: Money }),
    /value\.a\[0\]\.constructor is a function/,
  ],
  'an error that is its own name': [
    ownName(new Error('m')),
    /value\.a\[0\]\.stack is a property that cannot be read/,
  ],
  'a function in a map': [new Map([['b', () => 1]]), /value\.a\[0\]\.get\("b"\) is a function/],
  'a function as a key': [new Map([[() => 1, 1]]), /value\.a\[0\]\.keys\(\)\[0\] is a function/],
  'a function in a set': [new Set([1, () => 1]), /value\.a\[0\]\.values\(\)\[1\] is a function/],
  'a function under an odd name': [{ 'a b': () => 1 }, /value\.a\[0\]\["a b"\] is a function/],
  'an instance in a property of a list': [
    Object.assign([1], { of: new Money() }),
    /\.of is an inst/,
  ],
  'a hundred thousand levels': [nested, /nested too deep/],
  'more levels than could be read back': [barely, /nested too deep/],
};

describe('The v8 serializer refuses', () => {
  it.each(Object.entries(REFUSED))('%s, saying where it is', (_what, [value, message]) => {
    const given = { fine: [1], a: [value] };
    const encoding = (): unknown => codec().encode(ADDRESS, entry(given));
    expect(encoding).toThrow(CacheSerializationError);
    expect(encoding).toThrow(message);
    expect(() => codec().encodeSync(ADDRESS, entry(value))).toThrow(CacheSerializationError);
  });

  it('nothing of what a list does not enumerate, and keeps none of it', () => {
    for (const length of [1, 100]) {
      const rows = define(Array(length).fill(1), { value: () => 1 });
      const back = codec().decodeSync(ADDRESS, codec().encodeSync(ADDRESS, entry(rows))).value;
      expect(Object.getOwnPropertyNames(back)).not.toContain('extra');
      expect(back).toHaveLength(length);
    }
  });

  it('memory that can be resized', () => {
    const Resizable = ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer;
    const memory = new Resizable(4, { maxByteLength: 8 });
    for (const value of [memory, new Uint8Array(memory)]) {
      expect(() => codec().encodeSync(ADDRESS, entry(value))).toThrow(/can be resized/);
    }
  });

  it('a list whose elements lead through each other, deeper than could be read', () => {
    const rows: { next?: object }[] = Array.from({ length: 50_000 }, () => ({}));
    for (const [at, row] of rows.entries()) row.next = rows[at + 1] ?? {};
    expect(() => codec().encodeSync(ADDRESS, entry(rows))).toThrow(/nested too deep/);
  });
});

const jsonCyclic: Record<string, unknown> = {};
jsonCyclic.self = [jsonCyclic];
let tangled: unknown = [1];
for (let level = 0; level < 40; level++) tangled = [tangled, tangled];

describe('The JSON serializer', () => {
  const json = codec({ serializer: 'json' });

  it.each<[string, unknown]>([
    ['undefined, alone', undefined],
    ['primitives', [null, true, 1.5, 'é\ud800', '', -1e300, 5e-324]],
    ['objects', { a: { b: [{}, []] }, 'c d': '', 1: 2 }],
    ['an own __proto__', JSON.parse('{"__proto__":{"a":1}}')],
    ['long lists', Array.from({ length: 1000 }, (_, id) => ({ id }))],
    ['an object twice', [jsonShared(), jsonShared()]],
  ])('gives back %s', (_what, value) => {
    const back = json.decodeSync(ADDRESS, json.encodeSync(ADDRESS, entry(value))).value;
    expect(back).toEqual(value);
    expect(JSON.stringify(back)).toBe(JSON.stringify(value));
  });

  it.each<[string, unknown, RegExp]>([
    ['a date', new Date(5), /value\.a\[0\] is an instance of Date.*v8/],
    ['a map', new Map(), /instance of Map/],
    ['a buffer', Buffer.from('a'), /instance of Buffer/],
    ['an error', new Error('m'), /instance of Error/],
    ['an instance', new Money(), /instance of Money/],
    ['no prototype', Object.create(null), /instance of/],
    ['undefined', undefined, /value\.a\[0\] is undefined/],
    ['undefined in an object', { b: undefined }, /value\.a\[0\]\.b is undefined/],
    ['a hole', Array(1), /value\.a\[0\]\[0\] is undefined/],
    ['a long list with a hole', Object.assign(Array(100), [1]), /\[1\] is undefined/],
    ['a property of a list', extra([1]), /properties of its own/],
    ['a bigint', 5n, /5n/],
    ['NaN', NaN, /NaN/],
    ['Infinity', Infinity, /Infinity/],
    ['-0', -0, /-0/],
    ['a function', (): number => 1, /function/],
    ['a symbol', Symbol('s'), /Symbol\(s\)/],
    ['toJSON', { toJSON: (): number => 1 }, /toJSON is/],
    [
      'a getter',
      {
        get a(): never {
          throw new Error('ran');
        },
      },
      /accessor/,
    ],
    ['a getter in a list', unreadable([1, 2]), /value\.a\[0\]\[1\] is an accessor/],
    [
      'a getter in a long list',
      unreadable(Array(100).fill(1)),
      /value\.a\[0\]\[1\] is an accessor/,
    ],
    ['a hidden property', define({}, { value: 1 }), /not enumerable/],
    ['a symbol property', { [Symbol('s')]: 1 }, /named by a symbol/],
    ['a proxy', new Proxy({}, {}), /proxy/],
    ['a boxed number', Object(1), /instance of Number/],
  ])('refuses %s', (_what, value, message) => {
    const encoding = (): unknown => json.encodeSync(ADDRESS, entry({ a: [value] }));
    expect(encoding).toThrow(CacheSerializationError);
    expect(encoding).toThrow(message);
  });

  it.each<[string, unknown]>([
    ['a cycle', jsonCyclic],
    ['a hundred thousand levels', nested],
    ['a graph with more paths than can be written', tangled],
  ])('refuses %s, and ends', (_what, value) => {
    expect(() => json.encode(ADDRESS, entry(value))).toThrow(CacheSerializationError);
  });
});

function jsonShared(): object {
  const one = { a: 1 };
  return [one, one];
}
