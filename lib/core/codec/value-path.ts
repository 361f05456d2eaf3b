import { types } from 'node:util';
import { CacheSerializationError, describe } from '../primitives/errors.js';

/** How one gets from an object to what it holds, as it would be written in code. */
type Step = string;

/** The error of a value that bytes would not give back. `step` leads from `holder` to it. */
export function unfaithful(
  root: unknown,
  holder: object | undefined,
  step: Step,
  what: string,
): CacheSerializationError {
  const path = `${holder === undefined ? 'value' : pathTo(root, holder)}${step}`;
  return new CacheSerializationError(`${path} is ${what}`);
}

/** The step to a property. */
export function propertyStep(name: string | symbol): Step {
  if (typeof name === 'symbol') return `[${String(name)}]`;
  if (/^\d+$/.test(name)) return `[${name}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${describe(name)}]`;
}

/** The step to the value of a map's key. */
export function mapStep(key: unknown): Step {
  return `.get(${typeof key === 'object' && key !== null ? 'an object' : describe(key)})`;
}

/**
 * The way from `root` to an object in it. Searched for only when there is something to say about the
 * object, so that the examination of values that can be kept need not remember where it is.
 */
export function pathTo(root: unknown, target: object): string {
  const ways = new Map<object, string>();
  if (typeof root === 'object' && root !== null) ways.set(root, 'value');
  for (const [holder, way] of ways) {
    if (holder === target) return way;
    for (const [step, held] of steps(holder)) {
      if (typeof held === 'object' && held !== null && !ways.has(held)) ways.set(held, way + step);
    }
  }
  return 'value';
}

function* steps(holder: object): Generator<[Step, unknown]> {
  if (types.isProxy(holder) || ArrayBuffer.isView(holder)) return;
  if (types.isMap(holder)) {
    let at = 0;
    for (const [key, held] of holder) {
      yield [`.keys()[${at++}]`, key];
      yield [mapStep(key), held];
    }
  } else if (types.isSet(holder)) {
    let at = 0;
    for (const held of holder) yield [`.values()[${at++}]`, held];
  }
  for (const name of Object.getOwnPropertyNames(holder)) {
    const held: unknown = Object.getOwnPropertyDescriptor(holder, name)?.value;
    if (typeof held === 'object') yield [propertyStep(name), held];
  }
}
