import { types } from 'node:util';

/**
 * What built-ins contain, asked by the methods that they were born with: those of a subclass may say something else, and are
 * not what the function that is given the object goes by alone.
 */

const FLAGS = {
  hasIndices: 'd',
  global: 'g',
  ignoreCase: 'i',
  multiline: 'm',
  dotAll: 's',
  unicode: 'u',
  unicodeSets: 'v',
  sticky: 'y',
};

const regExpGetters = Object.entries(FLAGS).flatMap(([name, flag]) => {
  // Not every Node has all of them.
  const get = getterOf(RegExp.prototype, name);
  return get === undefined ? [] : [[get, flag] as const];
});
const getSource = getterOf(RegExp.prototype, 'source')!;
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getHref = getterOf(URL.prototype, 'href')!;

export function timeOf(date: Date): number {
  return Date.prototype.getTime.call(date);
}

/** As it is written: `/source/flags`. */
export function patternOf(regExp: RegExp): string {
  const flags = regExpGetters.map(([get, flag]) => (get.call(regExp) === true ? flag : ''));
  return `/${String(getSource.call(regExp))}/${flags.join('')}`;
}

export function entriesOf(map: ReadonlyMap<unknown, unknown>): Iterable<[unknown, unknown]> {
  return Map.prototype.entries.call(map) as Iterable<[unknown, unknown]>;
}

export function itemsOf(set: ReadonlySet<unknown>): Iterable<unknown> {
  return Set.prototype.values.call(set) as Iterable<unknown>;
}

/** The bytes that a view shows. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  const prototype = types.isDataView(view) ? DataView.prototype : typedArray;
  const get = (name: string): unknown => getterOf(prototype, name)!.call(view);
  return new Uint8Array(
    get('buffer') as ArrayBuffer,
    get('byteOffset') as number,
    get('byteLength') as number,
  );
}

/** The primitive in a `new Number(1)` and its like. */
export function primitiveIn(boxed: object): unknown {
  if (types.isNumberObject(boxed)) return Number.prototype.valueOf.call(boxed);
  if (types.isStringObject(boxed)) return String.prototype.valueOf.call(boxed);
  if (types.isBooleanObject(boxed)) return Boolean.prototype.valueOf.call(boxed);
  if (types.isBigIntObject(boxed)) return BigInt.prototype.valueOf.call(boxed);
  return Symbol.prototype.valueOf.call(boxed as unknown as symbol);
}

export function addressOf(url: URL | URLSearchParams): string {
  return url instanceof URL
    ? (getHref.call(url) as string)
    : URLSearchParams.prototype.toString.call(url);
}

function getterOf(prototype: object, name: string): ((this: unknown) => unknown) | undefined {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get;
}
