import type { Random } from '../../../lib/integrations/testing/seeded-random.js';

const NAMES = ['a', 'b', 'name', '0', '17', '__proto__', 'constructor', 'é', '\ud800', ''];
const TEXTS = ['', 'x', 'long '.repeat(50), '中', '\udc00', 'é'];
const NUMBERS = [0, -0, 1, -1, 0.5, NaN, Infinity, 2 ** 31, 2 ** 53, -(2 ** 31)];
const ERRORS = [Error, TypeError, RangeError, SyntaxError];

/**
 * A graph of some twenty objects of every class that can be kept, each filled with references to any
 * of them: cycles, shared objects, shared memory.
 */
export function randomGraph(random: Random): unknown {
  const memory = new ArrayBuffer(64);
  new Uint8Array(memory).forEach((_, at, bytes) => (bytes[at] = random(256)));
  const nodes = Array.from({ length: 1 + random(20) }, () => randomNode(random, memory));
  const pick = (): unknown => (random(3) === 0 ? randomLeaf(random) : nodes[random(nodes.length)]);
  for (const node of nodes) {
    for (let times = random(5); times > 0; times--) fill(node, pick, random);
  }
  return random(4) === 0 ? nodes : nodes[0];
}

function randomLeaf(random: Random): unknown {
  const choices: unknown[] = [
    TEXTS[random(TEXTS.length)],
    NUMBERS[random(NUMBERS.length)],
    BigInt(random(1000)) ** BigInt(random(20)),
    random(2) === 0,
    null,
    undefined,
  ];
  return choices[random(choices.length)];
}

function randomNode(random: Random, memory: ArrayBuffer): object {
  switch (random(16)) {
    case 0:
      return new Map();
    case 1:
      return new Set();
    case 2:
      return Object.create(null) as object;
    case 3:
      return new Date(random(5) === 0 ? NaN : random(2 ** 31));
    case 4: {
      const expression = new RegExp(`a${random(9)}`, 'gi');
      expression.lastIndex = random(3);
      return expression;
    }
    case 5:
      return settled(new AggregateError([], 'several'));
    case 6:
    case 7:
      return settled(new ERRORS[random(ERRORS.length)]!(TEXTS[random(TEXTS.length)]));
    case 8:
      return new Uint8Array(memory, random(30), random(30));
    case 9:
      return new Float64Array(memory, 8 * random(4), random(4));
    case 10:
      return random(3) === 0 ? memory : Buffer.from(memory, random(30), random(30));
    case 11:
      return Object(random(2) === 0 ? random(100) : 'boxed') as object;
    case 12:
    case 13:
      return Array.from({ length: random(10) === 0 ? 100 : random(3) }, () => random(5));
    default:
      return {};
  }
}

/** The stack is text from the first look on: made of a name that is a cycle it would never be one. */
function settled(error: Error): Error {
  if (typeof error.stack !== 'string') throw new TypeError('an error without a stack');
  return error;
}

function fill(node: object, pick: () => unknown, random: Random): void {
  const name = NAMES[random(NAMES.length)]!;
  if (node instanceof Map) node.set(pick(), pick());
  else if (node instanceof Set) node.add(pick());
  else if (node instanceof AggregateError && random(2) === 0) node.errors.push(pick());
  else if (node instanceof Error) {
    const named = ['cause', 'name', 'code', 'stack', '__proto__'][random(5)]!;
    set(node, named, pick(), random(2) === 0);
  } else if (Array.isArray(node)) {
    if (random(4) === 0) set(node, name, pick(), true);
    else node[random(node.length + 3)] = pick();
  } else if ([Object.prototype, null].includes(Object.getPrototypeOf(node) as object | null)) {
    set(node, name, pick(), true);
  }
}

function set(object: object, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(object, name, { value, enumerable, writable: true, configurable: true });
}
