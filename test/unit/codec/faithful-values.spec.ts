import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { ADDRESS, codec, entry, roundTrip } from './codecs.js';
import { difference } from './same-graph.js';

const with_ = <T extends object>(object: T, extra: object): T => Object.assign(object, extra);

function cyclic(): object {
  const map = new Map<unknown, unknown>();
  const set = new Set<unknown>([map]);
  const error: Error = new Error('outer', { cause: { map } });
  const bare = with_(Object.create(null) as object, { set, error });
  const list: unknown[] = [map, set, error, bare];
  map.set(map, list).set(error, set).set('bare', bare);
  set.add(set).add(error);
  list.push(list);
  return { list, error };
}

function selfCaused(): Error {
  const error = new RangeError('own cause');
  error.cause = error;
  return error;
}

const memory = new ArrayBuffer(32);
new Uint8Array(memory).set(Array.from({ length: 32 }, (_, at) => at * 7));
const shared = { a: [1, { b: 2 }] };
const used = /a/gy;
used.lastIndex = 3;
const sparse: unknown[] = [];
sparse[4_000_000_000] = 'far';
const holes = Array.from({ length: 200 });
delete holes[70];
const renamed = with_(new Error('m'), { name: 'QuotaError', code: 'E_QUOTA', details: { a: 1 } });
const hiddenDetail = Object.defineProperty(new Error('m'), 'hidden', { value: 1 });
const noStack = new Error('m');
delete noStack.stack;
const oddStack = with_(new Error('m'), { stack: { frames: [1] } });
const ownProto = JSON.parse('{"__proto__":{"a":1},"b":2}') as object;
const ownProtoError = Object.defineProperty({}, '__proto__', {
  value: new Error('in __proto__'),
  enumerable: true,
  writable: true,
  configurable: true,
});

const VALUES: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  true: true,
  zero: 0,
  '-0': -0,
  NaN: NaN,
  Infinity: -Infinity,
  'a fraction': 0.1 + 0.2,
  'an empty string': '',
  'a string of every width': 'a\u00e9\u4e2d\ud83d\ude00\0',
  'lone surrogates': ['\ud800', 'x\udc00y', { '\udfff': '\ud800' }],
  'a bigint': -5n,
  'a bigint of 100,000 bits': 1n << 100_000n,
  'an empty object': {},
  'an empty list': [],
  'undefined inside': { a: undefined, b: [undefined] },
  'names like numbers': { 2: 'b', 1: 'a', '-1': 'c', '01': 'd', '': 'e' },
  'an own __proto__': ownProto,
  'an own __proto__ that is an error': ownProtoError,
  'names of Object.prototype': { constructor: 1, toString: 2, hasOwnProperty: 3 },
  'no prototype': with_(Object.create(null) as object, { a: Object.create(null) as object }),
  'a date': new Date(1_700_000_000_123),
  'an invalid date': new Date(NaN),
  'a map': new Map<unknown, unknown>([[{ a: 1 }, new Map([[NaN, -0]])]]),
  'a set': new Set<unknown>([1, '1', [1], new Set()]),
  holes: Object.assign([], { length: 6, 0: 1, 2: undefined, 4: 5 }),
  'a list with as many named properties as holes': with_([1, , 3] as number[], { page: 2 }), // oxlint-disable-line no-sparse-arrays
  'a hole in a long list': holes,
  'a list of four billion holes': sparse,
  'a list with named properties': with_([1, 2], { page: 3, more: { a: 1 } }),
  'a long list with named properties': with_(Array(100).fill(1) as number[], { page: new Date(1) }),
  'a long list with its own constructor': with_(Array(100).fill(1) as number[], {
    constructor: { name: 'Rows' },
  }),
  'an expression': /a(?<b>.)\/\n/dgimsuy,
  'an expression of sets': new RegExp('[a--b]', 'v'),
  'a used expression': [used, /fresh/g],
  'boxed primitives': [Object(1), Object(-0), Object('text'), Object(false), Object(7n)],
  'an array buffer': memory.slice(0),
  'an empty buffer': Buffer.alloc(0),
  'a small buffer of the pool': { file: Buffer.from('abc'), other: Buffer.from('def') },
  'a large buffer': Buffer.alloc(100_000, 7),
  'views of every kind': [
    new Int8Array([-1]),
    new Uint8Array([1, 2]),
    new Uint8ClampedArray([255]),
    new Int16Array([-300]),
    new Uint16Array([300]),
    new Int32Array([-70_000]),
    new Uint32Array([70_000]),
    new Float32Array([0.5, NaN]),
    new Float64Array([0.1, -0]),
    new BigInt64Array([-5n]),
    new BigUint64Array([5n]),
    new DataView(memory.slice(0), 1, 3),
  ],
  'views of one memory': [new Uint8Array(memory, 3, 9), new Float64Array(memory, 8, 2), memory],
  'views that overlap': [new Uint8Array(memory, 3, 9), new Float64Array(memory, 8, 2)],
  'one object twice': [shared, shared, { shared }],
  'one buffer twice': (() => {
    const one = Buffer.from('x');
    return [one, one];
  })(),
  'one date twice': (() => {
    const one = new Date(5);
    return new Map([[one, one]]);
  })(),
  'errors of every class': [
    new Error('a'),
    new EvalError('b'),
    new RangeError('c'),
    new ReferenceError('d'),
    new SyntaxError('e'),
    new TypeError('f'),
    new URIError('g'),
    new AggregateError([new Error('h'), 1], 'i'),
  ],
  'an error without a message': new Error(),
  'an error with a cause': new Error('a', { cause: new TypeError('b', { cause: { c: 1 } }) }),
  'an error with an undefined cause': new Error('a', { cause: undefined }),
  'an error that is its own cause': selfCaused(),
  'an error with properties of its own': renamed,
  'an error with a hidden property': hiddenDetail,
  'an error without a stack': noStack,
  'an error with an odd stack': oddStack,
  'an error as a key': new Map([[new Error('k'), new Set([new Error('m')])]]),
  'one error twice': [renamed, { renamed }],
  'cycles through everything': cyclic(),
};

describe('The v8 serializer gives back, as it went in,', () => {
  it.each(Object.entries(VALUES))('%s', async (_what, value) => {
    for (const wrapped of [value, { a: [value] }, new Map([['k', value]])]) {
      expect(difference(wrapped, roundTrip(wrapped))).toBeUndefined();
    }
    const packing = codec({ compression: { algorithm: 'gzip', threshold: 0 } });
    const bytes = await packing.encode(ADDRESS, entry(value));
    expect(difference(value, (await packing.decode(ADDRESS, bytes)).value)).toBeUndefined();
  });

  it('all of them in one value', () => {
    expect(difference(VALUES, roundTrip(VALUES))).toBeUndefined();
  });

  it('values of another realm', () => {
    const value: unknown = runInNewContext(`
      const re = /a/g; re.lastIndex = 1;
      ({ list: [1, , { a: 1 }], map: new Map([[1, new Set([2])]]), when: new Date(5), re,
         error: new TypeError('other', { cause: [1] }), bytes: new Uint8Array([1, 2]),
         boxed: Object(1), long: Array(100).fill({ a: 1 }) })`);
    expect(difference(value, roundTrip(value))).toBeUndefined();
    expect(roundTrip(value)).toMatchObject({ error: { message: 'other', cause: [1] } });
  });

  it('what it has given back', () => {
    const once = roundTrip(VALUES);
    expect(difference(VALUES, roundTrip(once))).toBeUndefined();
  });

  it('a list of 100,000 objects', () => {
    const rows = Array.from({ length: 100_000 }, (_, id) => ({ id, when: new Date(id) }));
    expect(difference(rows, roundTrip(rows))).toBeUndefined();
  });

  it('a map and a set of 300,000 members', () => {
    const numbers = Array.from({ length: 300_000 }, (_, at) => at);
    const value = { map: new Map(numbers.map((at) => [at, at])), set: new Set(numbers) };
    const back = roundTrip(value) as typeof value;
    expect([back.map.size, back.set.size, back.map.get(299_999)]).toEqual([
      300_000, 300_000, 299_999,
    ]);
  });

  it('frozen objects, thawed', () => {
    const value = Object.freeze({ a: Object.freeze([1, Object.freeze(new Error('e'))]) });
    const back = roundTrip(value) as { a: unknown[] };
    expect(difference(value, back)).toBeUndefined();
    back.a.push(1);
    expect(back.a).toHaveLength(3);
  });
});

describe('What is given back', () => {
  it('is of the realm of the program, be that a test runner', () => {
    const value = {
      when: new Date(5),
      map: new Map([[[1], new Set([/a/])]]),
      boxed: Object(1) as unknown,
      error: new TypeError('e', { cause: [new Date(6)] }),
      bytes: new Uint8Array(3).buffer,
    };
    const back = roundTrip(value) as typeof value;
    expect(back).toStrictEqual(value);
    expect(back.when).toBeInstanceOf(Date);
    expect(back.map).toBeInstanceOf(Map);
    expect([...back.map.values()][0]).toBeInstanceOf(Set);
    expect(back.boxed).toBeInstanceOf(Number);
    expect(back.error).toBeInstanceOf(TypeError);
    expect((back.error.cause as unknown[])[0]).toBeInstanceOf(Date);
    expect(back.bytes).toBeInstanceOf(ArrayBuffer);
  });

  it('shares memory among its views, and with nothing else', () => {
    const value = { bytes: new Uint8Array(memory, 3, 9), numbers: new Float64Array(memory, 8, 2) };
    const codecs = codec();
    const stored = codecs.encodeSync(ADDRESS, entry(value));
    const before = Buffer.from(stored);
    const back = codecs.decodeSync(ADDRESS, stored).value as typeof value;
    back.bytes[5] = 99;
    expect(new Uint8Array(back.numbers.buffer, back.numbers.byteOffset)[0]).toBe(99);
    const alone = codecs.encodeSync(ADDRESS, entry(Buffer.from('alone')));
    const copy = Buffer.from(alone);
    (codecs.decodeSync(ADDRESS, alone).value as Buffer).fill(0);
    expect([Buffer.from(stored).equals(before), Buffer.from(alone).equals(copy)]).toEqual([
      true,
      true,
    ]);
  });

  it('is a Buffer for a Buffer, and holds no bytes that lay beside it', () => {
    const arena = Buffer.from('secret visible secret');
    const back = roundTrip({ a: arena.subarray(7, 14) }) as { a: Buffer };
    expect(Buffer.isBuffer(back.a)).toBe(true);
    expect(back.a.buffer.byteLength).toBe(7);
    const bytes = codec().encodeSync(
      ADDRESS,
      entry([arena.subarray(7, 10), arena.subarray(9, 14)]),
    );
    expect(Buffer.from(bytes).includes('secret')).toBe(false);
  });

  it('is what the value was when it was encoded', async () => {
    const value = { list: [1, 2], text: 'x'.repeat(5000) };
    const tags = ['before'];
    const packing = codec({ compression: { algorithm: 'brotli', threshold: 100 } });
    const pending = packing.encode(ADDRESS, entry(value, tags));
    value.list.push(3);
    tags.push('after');
    const back = await packing.decode(ADDRESS, await pending);
    expect(back).toEqual(entry({ list: [1, 2], text: 'x'.repeat(5000) }, ['before']));
  });

  it('has left the value untouched', () => {
    const error = Object.freeze(new Error('a', { cause: used }));
    const value = Object.freeze({
      error,
      list: Object.freeze([null, error]),
      map: new Map([[error, 1]]),
    });
    const names = Object.getOwnPropertyNames(error);
    roundTrip(value);
    expect(value.map.get(error)).toBe(1);
    expect(value.list).toHaveLength(2);
    expect(used.lastIndex).toBe(3);
    expect(Object.getOwnPropertyNames(error)).toEqual(names);
  });
});
