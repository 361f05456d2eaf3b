import { types } from 'node:util';
import type { CacheSerializationError } from '../primitives/errors.js';
import { isErrorKind } from './error-records.js';
import { className, intrinsicName } from './intrinsics.js';
import {
  elementOf,
  hasOnlyBytes,
  hasOnlyElements,
  isAccessor,
  isElement,
  LONG_ARRAY,
} from './own-extras.js';
import { isViewKind } from './view-kinds.js';
import { mapStep, propertyStep, unfaithful } from './value-path.js';

const REMEDY = {
  code: 'leave it out: only data can be kept outside memory',
  instance: 'keep its plain data',
  hidden: 'keep plain data',
} as const;

/**
 * Looks at every object of a graph once, level by level, before v8 serializes it: v8 gives back the
 * data of what it does not know as a plain object, and of what it knows it loses parts, without a word.
 * What cannot be given back is refused here; what v8 loses and can be repaired is collected.
 *
 * Runs no code of the value: getters and proxies are refused, not called.
 */
export class GraphWalk {
  readonly errors: Error[] = [];
  /** Objects without a prototype. */
  readonly bare: object[] = [];
  /** Expressions that have been used: their `lastIndex` is not 0. */
  readonly used: RegExp[] = [];
  readonly views: ArrayBufferView[] = [];
  readonly buffers = new Set<ArrayBufferLike>();
  /** How many objects lie above the deepest, along the shortest way. */
  depth = 0;
  /** Whether an object can be reached in two ways: v8 may then take a longer way than `depth`. */
  shared = false;
  /** Whether there are only objects, lists, and primitives that JSON has a notation for. */
  jsonOnly = true;

  readonly #root: unknown;
  readonly #seen = new Set<object>();
  #next: object[] = [];

  /** @throws CacheSerializationError */
  constructor(root: unknown) {
    this.#root = root;
    this.#found(root, undefined, '');
    if (typeof root !== 'object') this.jsonOnly = false;
    for (let level = this.#next; level.length > 0; level = this.#next) {
      this.depth++;
      this.#next = [];
      for (const object of level) this.#enter(object);
    }
  }

  get objects(): number {
    return this.#seen.size;
  }

  /** `name`: the property of `holder` that it was found in. */
  #found(value: unknown, holder: object | undefined, name: string): void {
    if (typeof value === 'object') {
      if (value !== null) this.#add(value);
    } else if (typeof value === 'function' || typeof value === 'symbol') {
      const step = holder === undefined ? '' : propertyStep(name);
      throw this.#refusal(holder, step, `a ${typeof value}; ${REMEDY.code}`);
    }
  }

  #add(object: object): void {
    const { size } = this.#seen;
    if (this.#seen.add(object).size > size) this.#next.push(object);
    else this.shared = true;
  }

  #enter(object: object): void {
    if (types.isProxy(object)) throw this.#refusal(object, '', `a proxy; ${REMEDY.instance}`);
    const prototype = Object.getPrototypeOf(object) as object | null;
    if (prototype === Object.prototype) this.#object(object);
    else if (Array.isArray(object)) this.#array(object, prototype);
    else {
      this.jsonOnly = false;
      if (prototype === null) {
        this.bare.push(object);
        this.#object(object);
      } else this.#builtIn(object, intrinsicName(prototype));
    }
  }

  #array(array: readonly unknown[], prototype: object | null): void {
    if (prototype !== Array.prototype && (!prototype || intrinsicName(prototype) !== 'Array')) {
      throw this.#instance(array);
    }
    // Not all names: what a database driver hangs on its rows, not to be enumerated, is no content.
    if (array.length > LONG_ARRAY && this.#long(array)) return;
    const names = Object.keys(array);
    // As many names as elements, and the last one an element's: elements come first, so they all are.
    const { length } = array;
    if (names.length !== length || (length > 0 && names[length - 1] !== `${length - 1}`)) {
      this.jsonOnly = false;
    }
    if (Object.getOwnPropertySymbols(array).length > 0) throw this.#symbolProperty(array);
    this.#properties(array, names);
  }

  /** False if there is more to the array than elements, or less. */
  #long(array: readonly unknown[]): boolean {
    for (let at = 0; at < array.length; at++) {
      const value = elementOf(array, at);
      // A hole: of four billion elements there may be one.
      if (value === undefined && (!(at in array) || isAccessor(array, at))) return false;
      if (typeof value === 'object') {
        if (value !== null) this.#add(value);
      } else if (!isJson(value)) {
        this.jsonOnly = false;
        this.#found(value, array, `${at}`);
      }
    }
    return Object.getOwnPropertySymbols(array).length === 0 && hasOnlyElements(array);
  }

  #object(object: object): void {
    // Two calls, where `Reflect.ownKeys` would take twenty times as long as both.
    if (Object.getOwnPropertySymbols(object).length > 0) throw this.#symbolProperty(object);
    this.#properties(object, Object.getOwnPropertyNames(object));
  }

  #properties(object: object, names: readonly string[]): void {
    for (const name of names) {
      const property = Object.getOwnPropertyDescriptor(object, name)!;
      if (property.get !== undefined || property.set !== undefined) {
        throw this.#refusal(object, propertyStep(name), `an accessor; ${REMEDY.hidden}`);
      }
      if (!property.enumerable) {
        const what = `a property that is not enumerable; ${REMEDY.hidden}`;
        throw this.#refusal(object, propertyStep(name), what);
      }
      const { value } = property as { value: unknown };
      if (typeof value === 'object') {
        if (value !== null) this.#add(value);
      } else if (!isJson(value)) {
        this.jsonOnly = false;
        this.#found(value, object, name);
      }
    }
  }

  /** Checked by what it is, then by its prototype's name: an instance of a subclass has another, or none. */
  #builtIn(object: object, name: string | undefined): void {
    if (name === 'Object') this.#object(object);
    else if (types.isDate(object) && name === 'Date') this.#bareOf(object, 0);
    else if (ArrayBuffer.isView(object) && isViewKind(name)) this.#view(object);
    else if (types.isMap(object) && name === 'Map') this.#map(object);
    else if (types.isSet(object) && name === 'Set') this.#set(object);
    else if (types.isRegExp(object) && name === 'RegExp') this.#expression(object);
    else if (types.isNativeError(object) && isErrorKind(name)) this.#error(object);
    else if (types.isArrayBuffer(object) && name === 'ArrayBuffer') this.#buffer(object);
    else if (types.isBoxedPrimitive(object) && !types.isSymbolObject(object) && name) {
      this.#bareOf(object, types.isStringObject(object) ? object.length + 1 : 0);
    } else throw this.#instance(object);
  }

  /** What v8 gives back without properties must have no more than its own. */
  #bareOf(object: object, own: number): void {
    const names = Reflect.ownKeys(object);
    if (names.length === own) return;
    const step = propertyStep(names.at(-1)!);
    throw this.#refusal(object, step, `a property of a built-in object; ${REMEDY.hidden}`);
  }

  #map(map: ReadonlyMap<unknown, unknown>): void {
    this.#bareOf(map, 0);
    let at = 0;
    for (const [key, value] of map) {
      this.#member(key, map, `.keys()[${at++}]`);
      if (typeof value === 'object' && value !== null) this.#add(value);
      else if (typeof value === 'function' || typeof value === 'symbol') {
        this.#member(value, map, mapStep(key));
      }
    }
  }

  #set(set: ReadonlySet<unknown>): void {
    this.#bareOf(set, 0);
    let at = 0;
    for (const value of set) this.#member(value, set, `.values()[${at++}]`);
  }

  #member(value: unknown, holder: object, step: string): void {
    if (typeof value === 'object' && value !== null) this.#add(value);
    else if (typeof value === 'function' || typeof value === 'symbol') {
      throw this.#refusal(holder, step, `a ${typeof value}; ${REMEDY.code}`);
    }
  }

  #expression(expression: RegExp): void {
    this.#bareOf(expression, 1);
    const { lastIndex } = expression;
    if (lastIndex === 0 && !Object.is(lastIndex, -0)) return;
    this.#found(lastIndex, expression, 'lastIndex');
    this.used.push(expression);
  }

  #error(error: Error): void {
    this.errors.push(error);
    for (const name of Reflect.ownKeys(error)) {
      if (typeof name === 'symbol') throw this.#symbolProperty(error);
      const { get, set, value } = this.#readable(error, name, () =>
        Object.getOwnPropertyDescriptor(error, name)!,
      );
      if (get === undefined && set === undefined) this.#found(value, error, name);
      else if (name === 'stack') {
        // Newer versions of Node have accessors of their own for it.
        const stack = this.#readable(error, name, () => error.stack);
        this.#found(stack, error, name);
      } else throw this.#refusal(error, propertyStep(name), `an accessor; ${REMEDY.hidden}`);
    }
  }

  /** An error's stack becomes text at the first look, with whatever its name and message are by then. */
  #readable<T>(error: Error, name: string, look: () => T): T {
    try {
      return look();
    } catch {
      const what = `a property that cannot be read; ${REMEDY.instance}`;
      throw this.#refusal(error, propertyStep(name), what);
    }
  }

  #buffer(buffer: ArrayBuffer): void {
    this.#bareOf(buffer, 0);
    this.#resizable(buffer, buffer);
    this.buffers.add(buffer);
  }

  #view(view: ArrayBufferView): void {
    if (types.isSharedArrayBuffer(view.buffer)) {
      throw this.#refusal(view, '', `a view of shared memory; keep a copy`);
    }
    this.#resizable(view, view.buffer);
    if (!hasOnlyBytes(view)) {
      const extra = Reflect.ownKeys(view).find((name) => !isElement(name));
      if (extra !== undefined) {
        const what = `a property of a built-in object; ${REMEDY.hidden}`;
        throw this.#refusal(view, propertyStep(extra), what);
      }
    }
    this.views.push(view);
  }

  #resizable(holder: object, buffer: ArrayBufferLike): void {
    const { resizable } = buffer as { readonly resizable?: boolean };
    if (resizable) throw this.#refusal(holder, '', 'in memory that can be resized; keep a copy');
  }

  #instance(object: object): CacheSerializationError {
    return this.#refusal(object, '', `an instance of ${className(object)}; ${REMEDY.instance}`);
  }

  #symbolProperty(object: object): CacheSerializationError {
    const step = propertyStep(Object.getOwnPropertySymbols(object)[0]!);
    return this.#refusal(object, step, `a property named by a symbol; ${REMEDY.hidden}`);
  }

  #refusal(holder: object | undefined, step: string, what: string): CacheSerializationError {
    return unfaithful(this.#root, holder, step, what);
  }
}

/** Of a primitive: whether JSON gives it back. */
function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value === 'string' || typeof value === 'boolean';
}
