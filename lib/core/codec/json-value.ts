import { types } from 'node:util';
import { CacheSerializationError, describe } from '../primitives/errors.js';
import { className, intrinsicName } from './intrinsics.js';
import { elementOf, hasOnlyElements, isAccessor, LONG_ARRAY } from './own-extras.js';
import { propertyStep, unfaithful } from './value-path.js';

/** Deeper than this is either a cycle or at the end of somebody's stack. */
const DEEPEST = 1000;

/** References to one object are written out each: a small graph can have a very long text. */
const MOST_OBJECTS = 2_000_000;

/**
 * The JSON of a value that JSON gives back exactly; `undefined`, alone, has no text. An object that
 * is referred to twice comes back as two.
 *
 * @throws CacheSerializationError
 */
export function encodeJson(value: unknown): Buffer {
  if (value === undefined) return Buffer.alloc(0);
  const walk = new JsonWalk(value);
  walk.check(value, undefined, '', 0);
  try {
    return Buffer.from(JSON.stringify(value));
  } catch (cause) {
    throw new CacheSerializationError(`value cannot be kept as JSON: ${String(cause)}`, { cause });
  }
}

/** @throws whatever is wrong with the text */
export function decodeJson(body: Buffer): unknown {
  return body.length === 0 ? undefined : (JSON.parse(body.toString()) as unknown);
}

class JsonWalk {
  readonly #root: unknown;
  #objects = 0;

  constructor(root: unknown) {
    this.#root = root;
  }

  check(value: unknown, holder: object | undefined, name: string | number, depth: number): void {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return;
      case 'number':
        if (Number.isFinite(value) && !Object.is(value, -0)) return;
        break;
      case 'object':
        if (value !== null) this.#enter(value, depth);
        return;
      default:
    }
    const step = holder === undefined ? '' : propertyStep(`${name}`);
    throw this.#refusal(holder, step, describe(value));
  }

  #enter(object: object, depth: number): void {
    if (depth === DEEPEST) {
      const what = `cyclic, or nested deeper than ${DEEPEST} levels`;
      throw this.#refusal(undefined, '', what);
    }
    if (++this.#objects > MOST_OBJECTS) throw this.#refusal(undefined, '', 'too large');
    if (types.isProxy(object)) throw this.#refusal(object, '', 'a proxy');
    const prototype = Object.getPrototypeOf(object) as object | null;
    const name = prototype === null ? undefined : intrinsicName(prototype);
    if (name === 'Array' && Array.isArray(object)) this.#elements(object, depth + 1);
    else if (name === 'Object') this.#properties(object, depth + 1);
    else throw this.#refusal(object, '', `an instance of ${className(object)}`);
  }

  #elements(list: readonly unknown[], depth: number): void {
    for (let at = 0; at < list.length; at++) {
      const value = elementOf(list, at);
      if (value === undefined && isAccessor(list, at)) {
        throw this.#refusal(list, propertyStep(`${at}`), 'an accessor');
      }
      this.check(value, list, at, depth);
    }
    const sure =
      list.length > LONG_ARRAY ? hasOnlyElements(list) : Object.keys(list).length === list.length;
    if (
      (!sure && Object.keys(list).length > list.length) ||
      Object.getOwnPropertySymbols(list).length > 0
    ) {
      throw this.#refusal(list, '', 'a list with properties of its own');
    }
  }

  #properties(object: object, depth: number): void {
    const symbol = Object.getOwnPropertySymbols(object)[0];
    if (symbol) throw this.#refusal(object, propertyStep(symbol), 'named by a symbol');
    for (const name of Object.getOwnPropertyNames(object)) {
      const property = Object.getOwnPropertyDescriptor(object, name)!;
      if (property.get || property.set || !property.enumerable) {
        throw this.#refusal(object, propertyStep(name), 'an accessor, or not enumerable');
      }
      this.check(property.value, object, name, depth);
    }
  }

  #refusal(holder: object | undefined, step: string, what: string): CacheSerializationError {
    const remedy = 'which JSON does not give back: the v8 serializer keeps more';
    return unfaithful(this.#root, holder, step, `${what}, ${remedy}`);
  }
}
