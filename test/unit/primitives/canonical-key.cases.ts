import { isDeepStrictEqual } from 'node:util';

function lastIndexAt(index: number): RegExp {
  const pattern = /a/g;
  pattern.lastIndex = index;
  return pattern;
}

function sparse(length: number): unknown[] {
  const list: unknown[] = [];
  list.length = length;
  return list;
}

function withProperties(list: unknown[], properties: object): unknown[] {
  return Object.assign(list, properties);
}

export class Point {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}

class Vector extends Point {}

/** Keeps its number where `Object.keys` does not name it. */
class Sealed {
  constructor(x: number) {
    Object.defineProperty(this, 'x', { value: x });
  }
}

/** The value with a property that is not enumerable. */
function hiding<T extends object>(value: T, properties: Record<string, unknown>): T {
  for (const [name, property] of Object.entries(properties)) {
    Object.defineProperty(value, name, { value: property, configurable: true });
  }
  return value;
}

/** A built-in, plain and with properties of its own. */
function withAndWithout<T extends object>(make: () => T): unknown[][] {
  return [
    [make()],
    [Object.assign(make(), { a: 1 })],
    [Object.assign(make(), { a: 2 })],
    [Object.assign(make(), { b: 1 })],
    [hiding(make(), { a: 1 })],
    [hiding(make(), { a: 2 })],
    [hiding(Object.assign(make(), { a: 1 }), { b: 1 })],
    [hiding(Object.assign(make(), { b: 1 }), { a: 1 })],
  ];
}

class List extends Array<unknown> {}

function template(strings: TemplateStringsArray): TemplateStringsArray {
  return strings;
}

export class Money {
  readonly #amount: string;
  constructor(amount: string) {
    this.#amount = amount;
  }
  toJSON(): string {
    return this.#amount;
  }
}

class Price {
  readonly amount: number;
  constructor(amount: number) {
    this.amount = amount;
  }
  toJSON(): object {
    return { price: this.amount };
  }
}

/** As the dates of libraries are: the instant is told, the zone and the language are not. */
export class Moment {
  readonly cache = { formats: new Map(), text: undefined as string | undefined };
  constructor(
    readonly at: Date,
    readonly language: string,
    readonly zone: { readonly name: string },
    readonly fields: readonly string[] = [],
  ) {}
  get text(): string {
    return (this.cache.text ??= this.at.toISOString());
  }
  toJSON(): string {
    return this.at.toISOString();
  }
}

/** As an entity is that tells its tenant nobody. */
export class Document {
  constructor(
    readonly id: number,
    readonly tenant: unknown,
    readonly since?: Date,
  ) {}
  toJSON(): object {
    return { id: this.id };
  }
}

/** Says that it is itself, or has itself in it. */
class Itself {
  constructor(
    readonly inner: readonly object[],
    readonly wrapped: boolean,
  ) {}
  toJSON(): object {
    return this.wrapped ? { data: this } : this;
  }
}

/** As a validation makes it of a query with nothing in it. */
export class Query {
  declare page?: number;
}

export class Filter {
  declare page?: number;
  declare sort?: string;
  constructor(given: object) {
    Object.assign(this, given);
  }
}

export class Amount {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
  equals(other: Amount): boolean {
    return isDeepStrictEqual(this, other);
  }
}

export class Ids extends Set<number> {}

export class Pair {
  constructor(left: number, right: number) {
    Object.defineProperties(this, { left: { value: left }, right: { value: right } });
  }
}

/** Heirs of built-ins that show less than they contain. */
class Day extends Date {
  override getTime(): number {
    return Math.floor(super.getTime() / 86_400_000) * 86_400_000;
  }
}
class Words extends Map<string, number> {
  override *[Symbol.iterator](): MapIterator<[string, number]> {
    for (const [word] of super.entries()) yield [word, 0];
  }
}
class Nothing extends Set<string> {
  override *[Symbol.iterator](): SetIterator<string> {}
}
class Pattern extends RegExp {
  override toString(): string {
    return '/./';
  }
}
class Address extends URL {
  override toString(): string {
    return '';
  }
}
class Zero extends Number {
  override valueOf(): number {
    return 0;
  }
}
class Short extends Uint8Array {
  override get byteLength(): number {
    return 0;
  }
}

const TENANT = Symbol('tenant');

/** As an entity is that keeps whose it is where nobody looks. */
class Order {
  readonly [TENANT]: string;
  constructor(
    readonly id: number,
    tenant: string,
  ) {
    this[TENANT] = tenant;
  }
  toJSON(): object {
    return { id: this.id };
  }
}

/** Groups of lists of arguments, of which no two may share a key. */
export const DISTINCT: Record<string, unknown[][]> = {
  'numbers, strings and what looks like them': [
    [1],
    ['1'],
    [1n],
    [true],
    ['true'],
    [[1]],
    [{ 1: 1 }],
    [new Number(1)],
    [new String('1')],
    ['n1'],
    ['i1'],
    ['t'],
  ],
  'nothing in its many forms': [
    [],
    [undefined],
    [null],
    [undefined, undefined],
    [null, undefined],
    [''],
    [0],
    [-0],
    [NaN],
    [false],
    [0n],
    [[]],
    [{}],
    [[undefined]],
    [[null]],
    [[[]]],
    ['u'],
    ['_'],
    ['undefined'],
    ['null'],
  ],
  'properties that are missing, undefined or null': [
    [{}],
    [{ a: undefined }],
    [{ a: null }],
    [{ b: undefined }],
    [{ a: undefined, b: undefined }],
  ],
  'numbers at the edge': [
    [Infinity],
    [-Infinity],
    [Number.MAX_SAFE_INTEGER],
    [2 ** 53],
    [0.1],
    [0.1 + 0.2],
    [0.3],
    [5e-324],
  ],
  'big integers': [[10n ** 30n], [10n ** 30n + 1n], [-(10n ** 30n)], [1e30]],
  dates: [
    [new Date(0)],
    [new Date(1)],
    [new Date(NaN)],
    [0],
    [new Date(0).toISOString()],
    [{ date: new Date(0) }],
    [{}],
  ],
  'regular expressions': [[/a/], [/a/i], [/b/], ['/a/'], [lastIndexAt(1)], [lastIndexAt(0)]],
  'maps and sets, in order': [
    [new Map()],
    [new Set()],
    [{}],
    [[]],
    [
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    ],
    [
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ],
    [{ a: 1, b: 2 }],
    [
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    [new Set(['a', 'b'])],
    [new Set(['b', 'a'])],
    [['a', 'b']],
    [new Map<unknown, unknown>([[1, 1]])],
    [new Map<unknown, unknown>([['1', 1]])],
  ],
  bytes: [
    [Uint8Array.of(1, 2)],
    [Buffer.of(1, 2)],
    [Int8Array.of(1, 2)],
    [Uint8ClampedArray.of(1, 2)],
    [Uint16Array.of(0x0201)],
    [new DataView(Uint8Array.of(1, 2).buffer)],
    [Uint8Array.of(1, 2).buffer],
    [[1, 2]],
    [Uint8Array.of(1, 2, 0)],
    [Float32Array.of(0)],
    [Float32Array.of(-0)],
    [new Uint32Array(1)],
  ],
  'the order of a list and of arguments': [
    [['a', 'b']],
    [['b', 'a']],
    ['a', 'b'],
    ['b', 'a'],
    [['a'], 'b'],
    ['a', ['b']],
    [[['a', 'b']]],
  ],
  'holes in lists': [
    [[]],
    [sparse(1)],
    [sparse(2)],
    [[undefined]],
    [[undefined, undefined]],
    [[null]],
    // oxlint-disable-next-line no-sparse-arrays
    [[, 1]],
    [[undefined, 1]],
    [[1]],
    [sparse(100)],
    [sparse(101)],
  ],
  'lists with properties beside their items': [
    [[1]],
    [withProperties([1], { extra: 1 })],
    [withProperties([1], { extra: 2 })],
    [withProperties([1], { '-1': 1 })],
    [withProperties([1], { '01': 1 })],
    [withProperties([1], { '4294967295': 1 })],
    [withProperties(sparse(5), { extra: 1 })],
    [List.of(1)],
    [List.of(2)],
    [[2]],
    [sparse(5)],
  ],
  'strings that imitate the notation': [
    ['a', 'b'],
    ['a,s1:b'],
    ['s1:a,s1:b,'],
    ['a,', 'b'],
    ['a', ',b'],
    ['s1:a'],
    ['a'],
    ['"a"'],
    [['a', 'b']],
    ["['a','b']"],
    ['[s1:a,s1:b,]'],
    [{ a: 'b' }],
    [{ 'a=s1:b,s1:c': 'd' }],
    [{ a: 'b', c: 'd' }],
    ['{s1:a=s1:b,}'],
    [{ a: 'b,s1:c=s1:d' }],
    ['^0;'],
    // In notations without lengths, with quotes and with commas alone.
    [['a,s:b']],
    [['a","b']],
    [["a','b"]],
    [['a,b']],
    [{ a: 'b,s:c=s:d' }],
    [{ a: 'b","c":"d' }],
    ['-,'],
    [['-,']],
    ['#'],
  ],
  'strings of code units that are no text': [
    ['\ud800'],
    ['\udc00'],
    ['\ufffd'],
    ['\ud800\udc00'],
    ['\udc00\ud800'],
    ['\0'],
    [''],
    ['é'],
    ['e\u0301'],
    ['\ud800'.padEnd(1000)],
    ['\ud801'.padEnd(1000)],
    ['\ufffd'.padEnd(1000)],
  ],
  'names of properties that JavaScript knows': [
    [{}],
    [JSON.parse('{"__proto__":1}')],
    [JSON.parse('{"__proto__":2}')],
    [JSON.parse('{"__proto__":{}}')],
    [{ constructor: 1 }],
    [{ toString: 1 }],
    [{ hasOwnProperty: 1 }],
    [{ length: 0 }],
  ],
  errors: [
    [new Error('a')],
    [new Error('b')],
    [new TypeError('a')],
    [new Error('a', { cause: 1 })],
    [new Error('a', { cause: 2 })],
    [Object.assign(new Error('a'), { code: 'E' })],
    [new AggregateError([1], 'a')],
    [new AggregateError([2], 'a')],
    ['a'],
  ],
  'instances of classes': [
    [new Point(1, 2)],
    [new Point(2, 1)],
    [new Vector(1, 2)],
    [{ x: 1, y: 2 }],
    [new Money('1.10')],
    [new Money('1.1')],
    ['1.10'],
    [new Price(1)],
    [new Price(2)],
  ],
  'instances that do not tell all in JSON': [
    [new Moment(new Date(0), 'de', { name: 'Europe/Berlin' })],
    [new Moment(new Date(1), 'de', { name: 'Europe/Berlin' })],
    [new Moment(new Date(0), 'en', { name: 'Europe/Berlin' })],
    [new Moment(new Date(0), 'de', { name: 'Africa/Lagos' })],
    [new Moment(new Date(0), 'de', { name: 'Africa/Lagos' }, ['year'])],
    [new Moment(new Date(0), 'de', { name: 'Africa/Lagos' }, ['year', 'month'])],
    [new Moment(new Date(0), 'de', { name: 'Africa/Lagos' }, ['year,month'])],
    [new Document(1, 1)],
    [new Document(1, 2)],
    [new Document(1, undefined)],
    [new Document(1, 1, new Date(0))],
    [new Document(1, 1, new Date(1))],
    [new Document(1, new Money('1'))],
    [new Document(1, new Money('2'))],
    [new Document(1, new Set(['a']))],
    [new Document(1, new Set(['b']))],
    [new Document(1, new Map([['a', 1]]))],
    [new Document(1, Buffer.from('a'))],
    [new Document(1, Buffer.from('b'))],
    [new Document(1, /a/)],
    [new Document(1, new URL('https://a.example/'))],
    [new Document(1, Symbol.for('a'))],
    [new Document(1, Symbol.for('b'))],
    [new Document(1, { at: new Money('1') })],
    [new Document(1, { at: new Money('2') })],
  ],
  'instances that are themselves in JSON': [
    [new Itself([{ deep: { value: 1 } }], false)],
    [new Itself([{ deep: { value: 2 } }], false)],
    [new Itself([{ deep: { value: 1 } }], true)],
    [new Itself([{ deep: { value: 2 } }], true)],
  ],
  addresses: [
    [new URL('https://a.example/')],
    [new URL('https://a.example/?b')],
    ['https://a.example/'],
    [new URLSearchParams('a=1')],
    [new URLSearchParams('a=2')],
    ['a=1'],
  ],
  'properties that are not enumerable': [
    [new Sealed(1)],
    [new Sealed(2)],
    [{}],
    [{ a: 1 }],
    [{ a: 1, b: 2 }],
    [hiding({}, { a: 1 })],
    [hiding({}, { a: 2 })],
    [hiding({ a: 1 }, { b: 2 })],
    [hiding({ b: 2 }, { a: 1 })],
    [hiding({}, { a: 1, b: 2 })],
    [{ a: hiding([1], { b: 2 }) }],
    [hiding({ a: [1] }, { b: 2 })],
    [hiding({ a: [1] }, { 'b|': 2 })],
  ],
  'dates with properties': withAndWithout(() => new Date(0)),
  'regular expressions with properties': withAndWithout(() => /a/g),
  'maps with properties': withAndWithout(() => new Map()),
  'sets with properties': withAndWithout(() => new Set()),
  'buffers with properties': withAndWithout(() => Buffer.from('abc')),
  'long buffers with properties': withAndWithout(() => Buffer.alloc(5000)),
  'typed arrays with properties': withAndWithout(() => new Float64Array(3)),
  'empty and long typed arrays with properties': [
    ...withAndWithout(() => new BigInt64Array()),
    ...withAndWithout(() => new BigInt64Array(5000)),
  ],
  'data views with properties': withAndWithout(() => new DataView(new ArrayBuffer(8))),
  'array buffers with properties': withAndWithout(() => new ArrayBuffer(8)),
  'shared array buffers with properties': withAndWithout(() => new SharedArrayBuffer(8)),
  'errors with properties': withAndWithout(() => new Error('x')),
  'boxed numbers with properties': withAndWithout(() => new Number(1)),
  'boxed strings with properties': withAndWithout(() => new String('abc')),
  'addresses with properties': withAndWithout(() => new URL('https://a.example/')),
  'queries with properties': withAndWithout(() => new URLSearchParams('a=1')),
  'short and long lists with properties': [
    ...withAndWithout(() => [1]),
    ...withAndWithout(() => Array.from({ length: 500 }, () => 1)),
    ...withAndWithout(() => List.from({ length: 500 }, () => 1)),
    ...withAndWithout(() => sparse(400)),
  ],
  'entries, items and what looks like them': [
    [new Map([['a', 1]])],
    [Object.assign(new Map(), { a: 1 })],
    [new Map([['a', 1]]), undefined],
    [
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    ],
    [Object.assign(new Map([['a', 1]]), { b: 2 })],
    [Object.assign(new Map([['b', 2]]), { a: 1 })],
    [Object.assign(new Map(), { a: 1, b: 2 })],
    [new Set(['a'])],
    [new Set(['a', 1])],
    [Object.assign(new Set(), { a: 1 })],
    [Object.assign(new Set(['a']), { a: 1 })],
    [['a', 1]],
    [withProperties(['a'], { a: 1 })],
    [withProperties([], { a: 1 })],
    [withProperties(sparse(1), { a: 1 })],
    [withProperties([], { '-': 1 })],
    [sparse(1)],
  ],
  'causes that are undefined, and none': [
    [new Error('a')],
    [new Error('a', { cause: undefined })],
    [hiding(new Error('a'), { errors: undefined })],
    [new Error('a', { cause: null })],
  ],
  'templates and what was written in them': [
    [template`a\x61`],
    [template`aa`],
    [['aa']],
    [hiding(['aa'], { raw: 'aa' })],
  ],
  'heirs of built-ins whose own methods say less': [
    [new Day(0)],
    [new Day(5000)],
    [new Words([['a', 1]])],
    [new Words([['a', 2]])],
    [new Nothing(['a'])],
    [new Nothing(['b'])],
    [new Pattern('a')],
    [new Pattern('b')],
    [new Pattern('b', 'g')],
    [new Address('https://a.example/')],
    [new Address('https://b.example/')],
    [new Zero(1)],
    [new Zero(2)],
    [new Short([1, 2])],
    [new Short([1, 3])],
  ],
  'texts in objects, and what looks like their letters': [
    [new String('ab')],
    ...['-1', '0.5', ''].map((name) => [Object.assign(new String('ab'), { [name]: 1 })]),
    ...['-1', '0.5', ''].map((name) => [Object.assign(new String('ab'), { [name]: 2 })]),
  ],
  'what is kept by a symbol beside JSON': [
    [new Order(1, 'alice')],
    [new Order(1, 'bob')],
    [new Order(2, 'alice')],
    [Object.assign(new Order(1, 'alice'), { 'Symbol(tenant)': 'bob' })],
  ],
  'registered symbols': [[Symbol.for('a')], [Symbol.for('b')], ['a'], ['Symbol(a)']],
};
