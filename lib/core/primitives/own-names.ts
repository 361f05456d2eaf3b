import { inspect, types } from 'node:util';
import { UnkeyableArgumentError } from './errors.js';

/**
 * From this length on elements are not named one by one, which takes 30 ns each: `inspect` counts them,
 * and shows what else there is, in 2 µs.
 */
const LONG = 48;

const WITHOUT_ELEMENTS = {
  breakLength: Infinity,
  compact: true,
  customInspect: false,
  depth: 0,
  maxArrayLength: 0,
  showHidden: true,
} as const;

/** The names of what an array has beside its elements, enumerable or not. */
export function namesBesideElements(array: readonly unknown[]): string[] {
  const isProxy = types.isProxy(array);
  if (array.length >= LONG && !isProxy) {
    const shown = inspect(array, WITHOUT_ELEMENTS);
    // Behind its length stands what has been added.
    if (shown.endsWith(`[length]: ${array.length} ]`)) return [];
  }
  const names = Object.getOwnPropertyNames(array);
  // Elements come first, then the others in the order in which they were made.
  if (names.at(-1) === 'length' && !isProxy) return [];
  return names.filter((name) => name !== 'length' && !isIndex(name));
}

/** The last of what `inspect` shows of a view by itself. A `Buffer` has two getters more. */
const END_OF_VIEW =
  /\[byteOffset\]: \d+, \[buffer\]: \w+ \{ byteLength: \d+ \}(?:, parent: \[Getter\], offset: \[Getter\])? \]$/;

/** The names of what a view has beside its bytes, enumerable or not. */
export function namesBesideBytes(view: ArrayBufferView): string[] {
  if (types.isTypedArray(view) && view.length >= LONG) {
    if (END_OF_VIEW.test(inspect(view, WITHOUT_ELEMENTS))) return [];
  }
  const names = Object.getOwnPropertyNames(view);
  if (names.length === 0 || isIndex(names.at(-1)!)) return [];
  return names.filter((name) => !isIndex(name));
}

/** The names of what a boxed primitive has beside its value, enumerable or not. */
export function namesBesideLetters(boxed: object): string[] {
  const names = Object.getOwnPropertyNames(boxed);
  if (!types.isStringObject(boxed)) return names;
  return names.filter(
    (name) => name !== 'length' && !(isIndex(name) && Number(name) < boxed.length),
  );
}

/**
 * The names of what an error has beside its name, its message and where it was made, enumerable or
 * not. What it was caused by is told by its value, unless it has none there.
 */
export function namesBesideMessage(error: Error): string[] {
  const named = error as unknown as Record<string, unknown>;
  return Object.getOwnPropertyNames(error).filter((name) => {
    if (Object.prototype.propertyIsEnumerable.call(error, name)) return true;
    if (name === 'cause' || name === 'errors') return named[name] === undefined;
    return name !== 'stack' && name !== 'message';
  });
}

function isIndex(name: string): boolean {
  const index = Number(name) >>> 0;
  return String(index) === name && index < 2 ** 32 - 1;
}

export function refuseSymbols(value: object): void {
  const [symbol] = Object.getOwnPropertySymbols(value);
  if (symbol === undefined) return;
  throw new UnkeyableArgumentError(`an object with the symbol property ${String(symbol)}`);
}

interface Parted {
  readonly enumerable: string[];
  readonly others: string[];
}

/** The names of properties, by whether they are enumerable. */
export function parted(value: object, names: readonly string[]): Parted {
  const enumerable: string[] = [];
  const others: string[] = [];
  for (const name of names) {
    const property = Object.getOwnPropertyDescriptor(value, name);
    if (property === undefined) continue;
    // A getter that does not show is called where its answer is needed: it may ask a database.
    if (property.get !== undefined && property.enumerable !== true) {
      throw new UnkeyableArgumentError(`an object with the hidden getter ${name}`);
    }
    (property.enumerable === true ? enumerable : others).push(name);
  }
  return { enumerable, others };
}
