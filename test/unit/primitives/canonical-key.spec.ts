import { describe, expect, it } from '@jest/globals';
import { canonicalKey } from '../../../lib/core/primitives/canonical-key.js';
import { UnkeyableArgumentError } from '../../../lib/core/primitives/errors.js';
import {
  Amount,
  DISTINCT,
  Document,
  Filter,
  Ids,
  Moment,
  Money,
  Pair,
  Point,
  Query,
} from './canonical-key.cases.js';

const key = (...args: unknown[]): string => canonicalKey(args);

describe('No two of these share a key', () => {
  it.each(Object.entries(DISTINCT))('%s', (_group, lists) => {
    const keys = new Map<string, number>();
    for (const [at, args] of lists.entries()) {
      const text = canonicalKey(args);
      expect([at, keys.get(text)]).toEqual([at, undefined]);
      keys.set(text, at);
    }
  });

  it('lists of all lengths and objects of all sizes', () => {
    const keys = new Set<string>();
    for (let size = 0; size < 300; size++) {
      keys.add(key(Array.from({ length: size }, () => 0)));
      keys.add(key(...Array.from({ length: size }, () => 0)));
      keys.add(key(Object.fromEntries(Array.from({ length: size }, (_, at) => [`${at}`, 0]))));
      keys.add(key('0'.repeat(size)));
    }
    expect(keys.size).toBe(4 * 300);
  });
});

describe('Two of these share a key', () => {
  it.each<[string, unknown[], unknown[]]>([
    ['objects, whatever the order of their properties', [{ a: 1, b: 2 }], [{ b: 2, a: 1 }]],
    [
      'objects in objects, likewise',
      [{ x: { a: [{ c: 1, d: 2 }], b: 2 } }],
      [{ x: { b: 2, a: [{ d: 2, c: 1 }] } }],
    ],
    [
      'an object and its twin without a prototype',
      [{ a: 1 }],
      [Object.assign(Object.create(null), { a: 1 })],
    ],
    ['dates of the same instant', [new Date(5)], [new Date(5)]],
    ['buffers of the same bytes', [Buffer.from('abc')], [Buffer.from('xabc').subarray(1)]],
    ['maps of the same entries', [new Map([[{ a: 1 }, 1]])], [new Map([[{ a: 1 }, 1]])]],
    ['instances of one class', [new Point(1, 2)], [new Point(1, 2)]],
    ['instances that give JSON', [new Money('1')], [new Money('1')]],
    ['instances that do not tell all in JSON', [moment(), 1], [moment(), 1]],
    ['such instances with what cannot be keyed', [document(), 1], [document(), 1]],
    ['cyclic objects of one shape', [cycle()], [cycle()]],
    ['a shared object and two equal ones', shared(true), shared(false)],
    ['instances of a class without any property', [new Query()], [new Query()]],
    ['such instances, one given nothing', [new Filter({})], [new Filter({})]],
    [
      'instances that were given their properties',
      [new Filter({ page: 1, sort: 'a' })],
      [new Filter({ sort: 'a', page: 1 })],
    ],
    ['instances that can compare themselves', [new Amount(5)], [new Amount(5)]],
    ['errors that were made at different places', [new RangeError('a')], [new RangeError('a')]],
    ['boxed strings', [new String('abc')], [new String('abc')]],
    ['very long buffers', [Buffer.alloc(1e6)], [Buffer.alloc(1e6)]],
    ['heirs of built-ins', [new Ids([1])], [new Ids([1])]],
    ['properties that are not enumerable', [new Pair(1, 2)], [new Pair(1, 2)]],
    ['very long strings', ['x'.repeat(1e6)], ['x'.repeat(1e6)]],
  ])('%s', (_what, left, right) => {
    expect(canonicalKey(left)).toBe(canonicalKey(right));
  });
});

function moment(): Moment {
  return new Moment(new Date(0), 'de', { name: 'Europe/Berlin' }, ['year']);
}

function document(): Document {
  const tenant: Record<string, unknown> = { find: () => 1, open: new Map([[1, () => 1]]) };
  tenant.itself = new Set([tenant]);
  return new Document(1, tenant);
}

function cycle(): object {
  const node: Record<string, unknown> = { name: 'a' };
  node.children = [{ parent: node }, { parent: node }];
  return node;
}

function shared(same: boolean): unknown[] {
  const one = {
    a: [
      'some',
      'content',
      'that',
      'is',
      'long',
      'enough',
      'to',
      'be',
      'remembered',
      'by',
      'the',
      'walk',
    ],
  };
  return [{ left: one, right: same ? one : structuredClone(one) }, one];
}

describe('Cyclic arguments', () => {
  it('are told apart by where their cycles lead', () => {
    const inner: Record<string, unknown> = {};
    const outer: Record<string, unknown> = { inner };
    const self: Record<string, unknown> = {};
    self.inner = self;
    const keys = new Set<string>();
    keys.add(key(outer));
    inner.inner = inner;
    keys.add(key(outer));
    inner.inner = outer;
    keys.add(key(outer));
    keys.add(key(self));
    keys.add(key([self]));
    expect(keys.size).toBe(5);
  });

  it('are not mistaken for one another because one was met before at another depth', () => {
    const self: Record<string, unknown> = { padding: 'x'.repeat(100) };
    self.self = self;
    const list: unknown[] = [];
    const entry = { padding: 'x'.repeat(100), self: list };
    list.push(entry);
    // In both the second argument is a list of one object; what `self` is differs.
    const [left, right] = [key(self, [self]), key(self, list)];
    expect(left).not.toBe(right);
  });

  it('have the same key wherever they stand', () => {
    const make = (): object => {
      const node: Record<string, unknown> = { padding: 'x'.repeat(100) };
      node.self = node;
      return node;
    };
    const one = make();
    expect(key(one, [one])).toBe(key(make(), [make()]));
  });
});

describe('Arguments with links both ways', () => {
  /** Users and their groups, who all know of each other. */
  function tangle(leaf: string): object[] {
    const groups = Array.from({ length: 8 }, (_, id) => ({ id, members: [] as object[] }));
    return Array.from({ length: 20 }, (_, id) => {
      const user = { id, groups: [0, 1, 2].map((n) => groups[(id + n) % 8]!), name: '' };
      for (const group of user.groups) group.members.push(user);
      user.name = id === 13 ? leaf : 'name';
      return user;
    });
  }

  class Node {
    readonly children: Node[];
    constructor(
      readonly parent: Node | undefined,
      depth: number,
      leaf: string,
    ) {
      this.children = depth === 0 ? [] : [0, 1].map(() => new Node(this, depth - 1, leaf));
      this.name = depth === 0 ? leaf : 'node';
    }
    readonly name: string;
    toJSON(): object {
      return { name: this.name, parent: this.parent, children: this.children };
    }
  }

  it.each<[string, (leaf: string) => unknown]>([
    ['users and groups', (leaf) => tangle(leaf)[0]],
    ['a tree whose nodes know their parents', (leaf) => new Node(undefined, 10, leaf)],
  ])('are walked once: %s', (_what, make) => {
    expect(key(make('a'))).toBe(key(make('a')));
    expect(key(make('a'))).not.toBe(key(make('b')));
  });

  it('are told apart by which of two alike is meant', () => {
    const [left, right] = [tangle('a'), tangle('a')];
    expect(key(left, left[3])).toBe(key(right, right[3]));
    expect(key(left, left[3])).not.toBe(key(left, left[4]));
    expect(key(left[3], left[4])).not.toBe(key(left[4], left[3]));
  });

  it('are refused with what cannot be keyed among them, and keyed where that is in an entity alone', () => {
    const users = tangle('a');
    expect(() => key(users, () => 1)).toThrow(UnkeyableArgumentError);
    const document = (tenant: string): unknown => {
      const [user] = tangle('a');
      return new Document(1, { user, tenant, ask: () => 1 });
    };
    expect(key(tangle('a'), document('alice'))).toBe(key(tangle('a'), document('alice')));
    expect(key(tangle('a'), document('alice'))).not.toBe(key(tangle('a'), document('bob')));
  });
});

describe('Large arguments', () => {
  it('with shared references through forty levels cost what they weigh once', () => {
    let graph: unknown = ['leaf'];
    let copy: unknown = ['leaf'];
    for (let level = 0; level < 40; level++) {
      graph = { left: graph, right: graph };
      copy = [copy, copy];
    }
    expect(key(graph)).toBe(key(graph));
    expect(key(graph)).not.toBe(key(copy));
  });

  it('have short keys', () => {
    const rows = Array.from({ length: 20_000 }, (_, at) => ({ at, name: `row ${at}` }));
    expect(key(rows).length).toBeLessThan(100);
    expect(key('x'.repeat(5_000_000)).length).toBeLessThan(100);
    expect(key(new Uint8Array(5_000_000)).length).toBeLessThan(100);
    expect(key(...Array.from({ length: 1000 }, (_, at) => at)).length).toBeLessThan(100);
  });

  it('are told apart by a single item in the middle', () => {
    const numbers = Array.from({ length: 200_000 }, (_, at) => at);
    const before = key(numbers);
    numbers[100_000] = -1;
    expect(key(numbers)).not.toBe(before);
    const text = 'x'.repeat(1_000_000);
    expect(key(`${text}a${text}`)).not.toBe(key(`${text}b${text}`));
  });

  it('with more holes than anything else are refused at once', () => {
    const sparse: unknown[] = [];
    sparse.length = 2 ** 32 - 1;
    expect(() => canonicalKey([sparse, 1])).toThrow(UnkeyableArgumentError);
  });

  it('nested too deep are refused and not a crash', () => {
    let deep: unknown[] = [];
    for (let level = 0; level < 50_000; level++) deep = [deep];
    expect(() => key(deep)).toThrow(UnkeyableArgumentError);
  });
});

describe('Arguments that have no content to be told apart by', () => {
  class Secretive {
    readonly #secret: number;
    constructor(secret: number) {
      this.#secret = secret;
    }
    reveal(): number {
      return this.#secret;
    }
  }
  class Heir extends Secretive {
    readonly open = 1;
  }
  class SecretError extends Error {
    readonly #secret = 1;
    reveal(): number {
      return this.#secret;
    }
  }
  class SecretMap extends Map<string, number> {
    readonly #secret = 1;
    reveal(): number {
      return this.#secret;
    }
  }
  class SecretList extends Array<number> {
    readonly #secret = 1;
    reveal(): number {
      return this.#secret;
    }
  }
  const amounts = new WeakMap<object, number>();
  class Wallet {
    constructor(amount: number) {
      amounts.set(this, amount);
    }
    get amount(): number | undefined {
      return amounts.get(this);
    }
  }
  class Purse {
    readonly owner = 'me';
    constructor(amount: number) {
      keep(this, amounts, amount);
    }
  }
  class Account {
    get amount(): number | undefined {
      return amountOf(this);
    }
  }
  function keep(object: object, where: WeakMap<object, number>, amount: number): void {
    where.set(object, amount);
  }
  function amountOf(object: object): number | undefined {
    return amounts.get(object);
  }
  function tenant(prototype: object): object {
    return Object.assign(Object.create(prototype) as object, { tenant: 1 });
  }
  const refused: [string, unknown][] = [
    ['a function', () => 1],
    ['a class', Point],
    ['a promise', Promise.resolve(1)],
    ['an own symbol', Symbol('a')],
    ['a well-known symbol', Symbol.iterator],
    ['an instance with private state', new Secretive(1)],
    ['an heir of private state', new Heir(1)],
    ['an error with private state', new SecretError()],
    ['a map with private state', new SecretMap()],
    ['a list with private state', new SecretList()],
    ['an instance with state in a weak map', new Wallet(1)],
    ['an instance with state in a weak map, by a function', new Purse(1)],
    ['an instance without properties that asks for its state', new Account()],
    ['a list with a symbol property', Object.assign([1], { [Symbol('hidden')]: 1 })],
    ['a date with a symbol property', Object.assign(new Date(0), { [Symbol('hidden')]: 1 })],
    [
      'an object with a symbol property that is not enumerable',
      Object.defineProperty({}, Symbol('hidden'), { value: 1 }),
    ],
    ['an object that inherits from an instance', Object.create(new Point(1, 2))],
    ['one that inherits a toJSON besides', Object.create(new Document(1, 1))],
    ['a list that inherits from an instance', Object.setPrototypeOf([1], tenant(Array.prototype))],
    [
      'a map that inherits from an instance',
      Object.setPrototypeOf(new Map(), tenant(Map.prototype)),
    ],
    ['a weak map', new WeakMap()],
    ['a weak reference', new WeakRef({})],
    ['a generator', (function* generate() {})()],
    ['an iterator', [1][Symbol.iterator]()],
    ['an object with a method', { method: () => 1 }],
    ['an object with a symbol property', { [Symbol('hidden')]: 1 }],
    ['a formatter', new Intl.NumberFormat('en')],
    ['an abort signal', new AbortController().signal],
    ['a proxy', new Proxy({}, { get: () => 'bob' })],
    ['a proxy of a list', new Proxy([1], {})],
    ['a proxy of an instance with a toJSON', new Proxy(new Document(1, 1), {})],
  ];
  it.each(refused)('%s: is refused, alone and deep inside', (_what, value) => {
    expect(() => key(value)).toThrow(UnkeyableArgumentError);
    expect(() => key(1, { a: [new Map([[1, value]])] })).toThrow(UnkeyableArgumentError);
  });

  it('and not heirs as they were written before there were classes', () => {
    const heirs = { describe: () => 'described' };
    Object.setPrototypeOf(heirs, Point.prototype);
    const made = (x: number): object => Object.assign(Object.create(heirs) as object, { x });
    expect(key(made(1))).toBe(key(made(1)));
    expect(key(made(1))).not.toBe(key(made(2)));
  });

  it('among them objects with a getter that is not enumerable, which is not called', () => {
    let calls = 0;
    const lazy = Object.defineProperty({ id: 1 }, 'posts', { get: () => ++calls });
    expect(() => key(lazy)).toThrow(/an object with the hidden getter posts cannot be part/);
    expect(calls).toBe(0);
  });

  it('are named in the error', () => {
    expect(() => key(new Secretive(1))).toThrow(/an instance of Secretive cannot be part/);
    expect(() => key(parseInt)).toThrow(/a function \(parseInt\) cannot be part/);
    expect(() => key(() => 1)).toThrow(/a function \(anonymous\)/);
    expect(() => key(Symbol('mine'))).toThrow(/Symbol\(mine\)/);
  });
});
