import { isUint8Array } from 'node:util/types';
import { parseByteSize } from './primitives/byte-size.js';
import { CacheOptionsError, Description } from './primitives/errors.js';
import { nearestName } from './primitives/nearest-name.js';

/** @throws CacheOptionsError that names the option */
export type Check = (value: unknown, option: string) => void;

export const checkBoolean: Check = (value, option) => {
  if (typeof value !== 'boolean') throw new CacheOptionsError(option, value, 'true or false');
};

export const checkString: Check = (value, option) => {
  if (typeof value !== 'string') throw new CacheOptionsError(option, value, 'a string');
};

export const checkFunction: Check = (value, option) => {
  if (typeof value !== 'function') throw new CacheOptionsError(option, value, 'a function');
};

export function isWholeFrom(least: number, value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= least;
}

export const checkEntries: Check = (value, option) => {
  if (value !== Infinity && !isWholeFrom(1, value)) {
    throw new CacheOptionsError(option, value, 'a whole number from 1, or Infinity');
  }
};

/** The check of an option that is one of these words. */
export function oneOf(...words: readonly string[]): Check {
  const quoted = words.map((word) => `'${word}'`);
  const expected = words.length > 2 ? `one of ${quoted.join(', ')}` : quoted.join(' or ');
  return (value, option) => {
    if (!words.includes(value as string)) throw new CacheOptionsError(option, value, expected);
  };
}

export const checkList: Check = (value, option) => {
  if (!Array.isArray(value)) throw new CacheOptionsError(option, value, 'an array');
};

/** @returns what is in it */
export function checkIterable<T>(value: Iterable<T>, option: string): T[] {
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return [...value];
  throw new CacheOptionsError(option, value, 'a list, or another iterable');
}

export const checkByteSize: Check = (value, option) => void parseByteSize(value, option);

/** Options of a call that are not in this version: refused, because ignoring them would be a trap. */
const LATER = new Set(['remote']);

/** Checks each option by its own check, and refuses those that have none. */
export function checkAll(
  options: unknown,
  checks: Readonly<Record<string, Check>>,
  where: string,
): void {
  const prefix = where === '' ? '' : `${where}.`;
  for (const [name, value] of Object.entries(objectOf(options, where || 'options'))) {
    if (isLeftOut(name, value)) continue;
    if (!Object.hasOwn(checks, name)) refuse(where, value, name, Object.keys(checks));
    if (value !== undefined) checks[name]!(value, prefix + name);
  }
}

/** Refuses what is not among these names, where others than `checkAll` knows stand beside them. */
export function refuseUnknown(options: object, known: readonly string[], where = ''): void {
  for (const [name, value] of Object.entries(options)) {
    if (known.includes(name) || isLeftOut(name, value)) continue;
    refuse(where, value, name, known);
  }
}

/**
 * The check of an option that is `false` or an object.
 *
 * @param required the one option in it that cannot be left out
 */
export function orFalse<Name extends string>(
  checks: Readonly<Record<Name, Check>>,
  required?: NoInfer<Name>,
): Check {
  return (value, option) => {
    if (value === false) return;
    const given = objectOf(value, option, 'false or an object');
    checkAll(given, checks, option);
    if (required !== undefined) checks[required](given[required], `${option}.${required}`);
  };
}

/** Whether it is an option of a later version, named and not given. */
export function isLeftOut(name: string, value: unknown): boolean {
  return value === undefined && LATER.has(name);
}

export function refuse(
  where: string,
  value: unknown,
  name: string,
  known: readonly string[],
): never {
  const option = where === '' ? name : `${where}.${name}`;
  throw new CacheOptionsError(option, withoutSecrets(value), whyRefused(name, known));
}

function whyRefused(name: string, known: readonly string[]): string {
  if (LATER.has(name)) return 'left out: this option is not in this version yet';
  const meant = nearestName(name, known);
  const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
  return `left out: there is no such option, only ${known.join(', ')}${hint}`;
}

/**
 * What has its options by their names: a literal, an instance of the user's class, an ES module. What is in a `Map` would
 * be lost, and so would a list, or a signal in the place of `{ signal }`.
 *
 * @returns the object; of an instance whose class has accessors, a copy with what those give
 */
export function objectOf(
  value: unknown,
  option: string,
  expected = 'an object',
): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) {
    // Most are literals, and this is quicker than to ask for the prototype.
    if (value.constructor === Object) return value as Record<string, unknown>;
    if (HOLDERS.has(kindOf(value))) return withAccessors(value as Record<string, unknown>);
  }
  throw new CacheOptionsError(option, withoutSecrets(value), expected);
}

const HOLDERS = new Set(['Object', 'Module']);

/** A configuration class may have its options as `get ttl()`: where properties are listed or copied, they would be lost. */
function withAccessors(instance: Record<string, unknown>): Record<string, unknown> {
  const names = accessorsOf(instance);
  if (names.length === 0) return instance;
  const copy = { ...instance };
  for (const name of names) copy[name] = instance[name];
  return copy;
}

/** Those of its class, and of the classes that this one extends. */
function accessorsOf(instance: object): string[] {
  const names: string[] = [];
  let from: unknown = Object.getPrototypeOf(instance);
  // The last has what every object has.
  while (from !== null && Object.getPrototypeOf(from) !== null) {
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(from))) {
      if (get !== undefined && !Object.hasOwn(instance, name)) names.push(name);
    }
    from = Object.getPrototypeOf(from);
  }
  return names;
}

/** What it says it is: `Map`, `Date`, `AbortSignal`; `Object` of a literal, and of an instance of the user's class. */
function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

/** A misspelled option, or one in the wrong place, may hold a key: then its shape is shown. */
function withoutSecrets(value: unknown): unknown {
  const plain = ['number', 'boolean', 'undefined', 'function'].includes(typeof value);
  return plain || value === null ? value : shapeOf(value);
}

/** What may be said of a secret. */
export function shapeOf(value: unknown): Description {
  return new Description(shapeInWords(value));
}

function shapeInWords(value: unknown): string {
  if (typeof value === 'string') return `a string of ${counted(value.length, 'character')}`;
  if (isUint8Array(value)) return counted(value.length, 'byte');
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value === undefined || value === null) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const kind = kindOf(value);
  return HOLDERS.has(kind) ? 'an object' : `an instance of ${kind}`;
}

function counted(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`;
}
