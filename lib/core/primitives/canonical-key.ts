import { types } from 'node:util';
import {
  addressOf,
  bytesOf,
  entriesOf,
  itemsOf,
  patternOf,
  primitiveIn,
  timeOf,
} from './built-in-content.js';
import { UnkeyableArgumentError } from './errors.js';
import { hidesMore, hidesState, inheritsState } from './hidden-state.js';
import { encodeNumber, encodeText, fold, hashBytes } from './key-text.js';
import {
  namesBesideBytes,
  namesBesideElements,
  namesBesideLetters,
  namesBesideMessage,
  parted,
  refuseSymbols,
} from './own-names.js';
import { isRoot } from './root-prototype.js';

/**
 * Arguments as text, such that two lists of arguments have the same text exactly when a function
 * cannot tell them apart: `1` and `'1'`, `undefined` and `null`, `0` and `-0` differ; the order of
 * an object's properties does not matter, the order of a `Map`, a `Set` and an array does.
 *
 * Every token says its type, and every text its length, so no value can imitate another. What has
 * no content to be told apart by (functions, promises, class instances with private state) is
 * refused rather than guessed at: a key that collides would hand out a wrong answer.
 *
 * Long texts are folded into their SHA-256, subtree by subtree, so that shared references (a graph
 * of 30 levels can have 2^30 paths) and large arguments cost what they weigh once.
 *
 * @throws UnkeyableArgumentError
 */
export function canonicalKey(args: readonly unknown[]): string {
  if (args.length === 0) return '';
  if (args.length === 1) {
    // The most common call: one short primitive.
    const only = args[0];
    if (typeof only === 'string') return fold(encodeText(only));
    if (typeof only === 'number') return encodeNumber(only);
  }
  try {
    return fold(encodeAll(args, undefined));
  } catch (error) {
    if (!(error instanceof TangledArgumentError)) throw error;
    return fold(`G${encodeAll(args, new Map())}`);
  }
}

function encodeAll(args: readonly unknown[], numbers: Walk['numbers']): string {
  const walk: Walk = {
    path: [],
    highest: Infinity,
    pointedTo: new Set(),
    done: new Map(),
    numbers,
    cyclic: new Set(),
    again: 0,
    visits: 0,
  };
  let text = '';
  for (const arg of args) text += `${fold(encode(arg, walk))},`;
  return text;
}

/** Links both ways, of which there are too many paths to write each of them out. */
class TangledArgumentError extends Error {}

interface Walk {
  /** The objects above the one being written, outermost first: a reference to one is a cycle. */
  readonly path: object[];
  /** The outermost of them that the text being written refers to, as its place in `path`. */
  highest: number;
  /** Those above that the text being written refers to. */
  readonly pointedTo: Set<object>;
  /** Longer texts of finished objects that do not refer to one above them. */
  readonly done: Map<object, string>;
  /**
   * In the arguments of one who has met too many cycles: the objects by the order in which they were met, and each is
   * written once, and its number from then on. It tells shared references from copies, which costs a miss.
   */
  readonly numbers: Map<object, number> | undefined;
  /** Finished objects with longer texts that do refer to one above them, and how often such a one was written again. */
  readonly cyclic: Set<object>;
  again: number;
  visits: number;
}

/** A shorter text is as quickly written again; it doubles with each level that shares it, so it grows past this soon. */
const WORTH_REMEMBERING = 64;

/** A graph that takes more visits than this is not an argument to key by. */
const MOST_VISITS = 2_000_000;

/** Of objects in cycles so many are written again, wherever they are met; each may hold as many others. */
const MOST_WRITTEN_AGAIN = 1000;

/** Deeper than this the stack is at risk. */
const DEEPEST = 1000;

function encode(value: unknown, walk: Walk): string {
  const primitive = encodePrimitive(value);
  if (primitive !== undefined) return primitive;
  switch (typeof value) {
    case 'symbol': {
      const name = Symbol.keyFor(value);
      if (name === undefined) throw new UnkeyableArgumentError(`the symbol ${String(value)}`);
      return `y${encodeText(name)}`;
    }
    case 'function':
      throw new UnkeyableArgumentError(`a function (${value.name || 'anonymous'})`);
    case 'object':
      return encodeObject(value!, walk);
  }
  throw new UnkeyableArgumentError(typeof value);
}

/** Of all but symbols. */
function encodePrimitive(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return encodeText(value);
    case 'number':
      return encodeNumber(value);
    case 'undefined':
      return 'u';
    case 'boolean':
      return value ? 't' : 'f';
    case 'bigint':
      return `i${value}`;
    default:
      return value === null ? '_' : undefined;
  }
}

function encodeObject(value: object, walk: Walk): string {
  if (types.isProxy(value)) throw new UnkeyableArgumentError('a proxy');
  return walk.numbers === undefined
    ? encodeWritten(value, walk)
    : encodeNumbered(value, walk, walk.numbers);
}

function encodeNumbered(value: object, walk: Walk, numbers: Map<object, number>): string {
  const number = numbers.get(value);
  if (number !== undefined) {
    walk.pointedTo.add(value);
    return `#${number};`;
  }
  checkSize(walk);
  numbers.set(value, numbers.size);
  walk.path.push(value);
  const text = encodeContent(value, walk);
  walk.path.pop();
  return fold(text);
}

function encodeWritten(value: object, walk: Walk): string {
  const depth = walk.path.length;
  const above = walk.path.indexOf(value);
  if (above >= 0) {
    walk.highest = Math.min(walk.highest, above);
    walk.pointedTo.add(value);
    // Counted from here, so that the text of a cycle is the same wherever it stands.
    return `^${depth - above};`;
  }
  const known = walk.done.get(value);
  if (known !== undefined) return known;
  checkSize(walk);
  const highestSoFar = walk.highest;
  walk.highest = Infinity;
  walk.path.push(value);
  const text = encodeContent(value, walk);
  walk.path.pop();
  // A text that points above itself means something else elsewhere, so it is not reused.
  const pointsAbove = walk.highest < depth;
  walk.highest = pointsAbove ? Math.min(highestSoFar, walk.highest) : highestSoFar;
  if (text.length < WORTH_REMEMBERING) return text;
  if (pointsAbove) {
    noteCyclic(value, walk);
    return text;
  }
  const folded = fold(text);
  walk.done.set(value, folded);
  return folded;
}

function checkSize(walk: Walk): void {
  if (++walk.visits <= MOST_VISITS && walk.path.length < DEEPEST) return;
  throw new UnkeyableArgumentError('an argument this large or deep');
}

function noteCyclic(value: object, walk: Walk): void {
  if (!walk.cyclic.has(value)) walk.cyclic.add(value);
  else if (++walk.again > MOST_WRITTEN_AGAIN) throw new TangledArgumentError();
}

function encodeContent(value: object, walk: Walk): string {
  if (Array.isArray(value)) {
    const text = encodeArray(value, walk);
    return isPlainArray(value) ? text : checked(value, tagged(value, 'Array', text));
  }
  if (isRoot(Object.getPrototypeOf(value) as object | null)) {
    return `{${encodeProperties(value, walk)}}`;
  }
  const builtIn = encodeBuiltIn(value, walk);
  if (builtIn === undefined) return encodeInstance(value, walk);
  return checked(value, builtIn);
}

/** One of this realm, or of another. */
function isPlainArray(value: readonly unknown[]): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Array.prototype) return true;
  return className(value) === 'Array' && Object.hasOwn(prototype!, 'constructor');
}

function checked(builtIn: object, text: string): string {
  if (!hidesMore(builtIn)) return text;
  throw new UnkeyableArgumentError(`an instance of ${className(builtIn)}`);
}

function encodeArray(value: readonly unknown[], walk: Walk): string {
  if (value.length > MOST_VISITS && value.length - Object.keys(value).length > MOST_VISITS) {
    throw new UnkeyableArgumentError('a list with this many holes');
  }
  let text = '[';
  for (let at = 0; at < value.length; at++) {
    text += at in value ? `${encode(value[at], walk)},` : '-,';
  }
  // Elements end with a comma, and the names of properties with `=`.
  return `${text}${encodeExtras(value, namesBesideElements(value), walk)}]`;
}

function encodeProperties(value: object, walk: Walk): string {
  refuseSymbols(value);
  const names = Object.getOwnPropertyNames(value);
  const enumerable = Object.keys(value);
  if (names.length !== enumerable.length) return encodeNames(value, names, walk);
  return encodeNamed(value, enumerable, walk);
}

/** What a built-in has beside its content. */
function encodeExtras(value: object, names: string[], walk: Walk): string {
  refuseSymbols(value);
  return names.length === 0 ? '' : encodeNames(value, names, walk);
}

/** What is not enumerable stands behind the rest and a `|`, which begins nothing else. */
function encodeNames(value: object, names: string[], walk: Walk): string {
  const { enumerable, others } = parted(value, names);
  const text = encodeNamed(value, enumerable, walk);
  return others.length === 0 ? text : `${text}|${encodeNamed(value, others, walk)}`;
}

function encodeNamed(value: object, names: string[], walk: Walk): string {
  let text = '';
  for (const name of names.sort()) {
    text += `${encodeText(name)}=${encode((value as Record<string, unknown>)[name], walk)},`;
  }
  return text;
}

function encodeBuiltIn(value: object, walk: Walk): string | undefined {
  const builtIn = (kind: string, content: string, names = Object.getOwnPropertyNames(value)) =>
    tagged(value, kind, content + encodeExtras(value, names, walk));

  if (types.isDate(value)) return builtIn('Date', encodeNumber(timeOf(value)));
  if (types.isRegExp(value)) {
    const names = Object.getOwnPropertyNames(value).filter((name) => name !== 'lastIndex');
    return builtIn('RegExp', encodeText(patternOf(value)) + value.lastIndex, names);
  }
  if (types.isMap(value)) {
    let text = '';
    for (const [key, item] of entriesOf(value))
      text += `${encode(key, walk)}=${encode(item, walk)},`;
    const names = Object.getOwnPropertyNames(value);
    // An entry looks like a property.
    return builtIn('Map', names.length === 0 ? text : `${text}|`, names);
  }
  if (types.isSet(value)) {
    let text = '';
    for (const item of itemsOf(value)) text += `${encode(item, walk)},`;
    return builtIn('Set', text);
  }
  if (ArrayBuffer.isView(value)) {
    return builtIn('View', hashBytes(bytesOf(value)), namesBesideBytes(value));
  }
  if (types.isAnyArrayBuffer(value)) {
    return builtIn('Buffer', hashBytes(new Uint8Array(value)));
  }
  if (types.isNativeError(value)) {
    const { name, message, cause } = value;
    const { errors } = value as { errors?: unknown };
    const text = [name, message, cause, errors].map((part) => encode(part, walk)).join('');
    return builtIn('Error', text, namesBesideMessage(value));
  }
  if (types.isBoxedPrimitive(value)) {
    return builtIn('Boxed', encode(primitiveIn(value), walk), namesBesideLetters(value));
  }
  if (value instanceof URL || value instanceof URLSearchParams) {
    return builtIn('Url', encodeText(addressOf(value)));
  }
  return undefined;
}

/** `kind` is the built-in; a subclass of it is told apart by its name. */
function tagged(value: object, kind: string, content: string): string {
  return `${kind}<${encodeText(className(value))}${content}>`;
}

function className(value: object): string {
  const constructor: unknown = (value as { constructor?: unknown }).constructor;
  return typeof constructor === 'function' ? constructor.name : '';
}

/**
 * An instance of a class of the user's: by its `toJSON` if it has one (Decimal, Luxon, Day.js), and what that may leave out,
 * else by its own properties, unless the class keeps state that cannot be seen from outside.
 */
function encodeInstance(value: object, walk: Walk): string {
  const spoken = inheritsState(value) ? undefined : encodeSpoken(value, walk);
  if (spoken?.isOfItself === false) {
    return tagged(value, 'Json', `${spoken.text}|${encodeShown(value, 2, walk)}`);
  }
  if (hidesState(value)) throw new UnkeyableArgumentError(`an instance of ${className(value)}`);
  const properties = encodeProperties(value, walk);
  // What has been written once is referred to from then on, and so it stays.
  const written = walk.numbers === undefined || spoken === undefined ? '' : `${spoken.text}|`;
  return tagged(value, 'Instance', written + properties);
}

/** What an instance says of itself, and whether it is itself again; undefined if that is nothing. */
function encodeSpoken(
  value: object,
  walk: Walk,
): { text: string; isOfItself: boolean } | undefined {
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON !== 'function') return undefined;
  const spoken = toJSON.call(value) as unknown;
  walk.pointedTo.delete(value);
  const text = encode(spoken, walk);
  return { text, isOfItself: walk.pointedTo.has(value) };
}

/**
 * What can be seen among the own properties of an object, and among theirs: there a library keeps the zone and the
 * language of a time, and an entity the tenant that it tells nobody. Getters are not asked, and what is deeper, or cannot be
 * keyed, is taken to be in the JSON.
 */
function encodeShown(value: object, depth: number, walk: Walk): string {
  if (Array.isArray(value)) return value.map((item) => encodePart(item, depth, walk)).join();
  let text = '';
  const shown = (name: string | symbol): string =>
    `=${encodePart(Object.getOwnPropertyDescriptor(value, name)?.value, depth, walk)},`;
  for (const name of Object.getOwnPropertyNames(value).sort()) {
    text += encodeText(name) + shown(name);
  }
  for (const symbol of Object.getOwnPropertySymbols(value)) {
    text += `y${encodeText(String(symbol))}${shown(symbol)}`;
  }
  return text;
}

function encodePart(value: unknown, depth: number, walk: Walk): string {
  if (typeof value === 'function') return '';
  if (typeof value !== 'object' || value === null) return keyable(() => encode(value, walk), walk);
  const text = keyable(() => encodeContained(value, walk), walk);
  return text !== '' || depth === 1 ? text : `{${encodeShown(value, depth - 1, walk)}}`;
}

/** What an object is beside its properties, a built-in or what says in JSON what it is; nothing if it only bears these. */
function encodeContained(value: object, walk: Walk): string {
  if (Array.isArray(value)) return '';
  return 'toJSON' in value ? encode(value, walk) : (encodeBuiltIn(value, walk) ?? '');
}

/** The text; nothing if what it is of cannot be keyed. */
function keyable(encoded: () => string, walk: Walk): string {
  const { path, highest } = walk;
  const depth = path.length;
  const met = walk.numbers?.size ?? 0;
  try {
    return encoded();
  } catch (error) {
    if (!(error instanceof UnkeyableArgumentError)) throw error;
    path.length = depth;
    walk.highest = highest;
    // What was begun to be written is left out, so that nothing may refer to it.
    for (const [object, number] of walk.numbers ?? []) {
      if (number >= met) walk.numbers!.delete(object);
    }
    return '';
  }
}
