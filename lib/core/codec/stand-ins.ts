import { types } from 'node:util';
import { emptyError, fillError, recordError, type ErrorRecord } from './error-records.js';

/** A graph in which no object is an error, and what it takes to put the errors back. */
export interface StandIns {
  /** Holds the graph's root as its only element. */
  readonly holder: unknown[];
  readonly records: readonly ErrorRecord[];
  /** Which property of which object is which error: object, name, number, object, name, number... */
  readonly places: readonly unknown[];
  /** Maps and sets, empty, and lists of their members: they may be keyed by an error. */
  readonly refills: readonly (readonly [object, unknown[]])[];
}

/**
 * Copies a graph with its errors taken out. v8 loses an error's name and properties, and cannot read
 * back one whose cause leads to it again. The copy is as deep as the objects that hold others; dates,
 * buffers and the like are the same in both.
 */
export class StandInCopy implements StandIns {
  readonly holder: unknown[] = [];
  readonly records: ErrorRecord[] = [];
  readonly places: unknown[] = [];
  readonly refills: (readonly [object, unknown[]])[] = [];

  readonly #copies = new Map<object, object>();
  readonly #errors = new Map<object, number>();
  readonly #pending: (() => void)[] = [];

  constructor(root: unknown) {
    this.#put(this.holder, '0', root);
    for (let fill = this.#pending.pop(); fill; fill = this.#pending.pop()) fill();
  }

  copyOf(object: object): object {
    return this.#copies.get(object) ?? object;
  }

  #put(copy: object, name: string, value: unknown): void {
    if (typeof value === 'object' && value !== null) {
      if (types.isNativeError(value)) {
        this.places.push(copy, name, this.#number(value));
        // Keeps the place among the properties.
        define(copy, name, null);
        return;
      }
      define(copy, name, this.#copies.get(value) ?? this.#copy(value));
    } else define(copy, name, value);
  }

  #putAll(copy: object, from: object): void {
    for (const name of Object.keys(from)) {
      this.#put(copy, name, (from as Record<string, unknown>)[name]);
    }
  }

  #number(error: Error): number {
    const known = this.#errors.get(error);
    if (known !== undefined) return known;
    const record = recordError(error);
    const values: unknown[] = [];
    const number = this.records.push({ ...record, values }) - 1;
    this.#errors.set(error, number);
    this.#pending.push(() => this.#putAll(values, record.values));
    return number;
  }

  #copy(object: object): object {
    let copy: object;
    if (types.isMap(object)) copy = this.#refilled(new Map(), [...object].flat());
    else if (types.isSet(object)) copy = this.#refilled(new Set(), [...object]);
    else if (Array.isArray(object)) copy = sized(object.length);
    else if (isLeaf(object)) return object;
    else copy = {};
    this.#copies.set(object, copy);
    this.#pending.push(() => this.#putAll(copy, object));
    return copy;
  }

  #refilled(copy: object, members: unknown[]): object {
    const list: unknown[] = [];
    this.refills.push([copy, list]);
    this.#pending.push(() => this.#putAll(list, members));
    return copy;
  }
}

/** Puts the errors back; the root of the graph as it was. */
export function removeStandIns({ holder, records, places, refills }: StandIns): unknown {
  const errors = records.map(emptyError);
  for (let at = 0; at < places.length; at += 3) {
    define(places[at] as object, places[at + 1] as string, errors[places[at + 2] as number]);
  }
  for (const [collection, members] of refills) {
    if (types.isSet(collection)) for (const member of members) collection.add(member);
    else if (types.isMap(collection)) {
      for (let at = 0; at < members.length; at += 2) collection.set(members[at], members[at + 1]);
    } else throw new TypeError('neither a map nor a set');
  }
  for (const [at, error] of errors.entries()) fillError(error, records[at]!);
  return holder[0];
}

/** Built-in objects hold no others, but for those that are copied. */
function isLeaf(object: object): boolean {
  return (
    ArrayBuffer.isView(object) ||
    types.isDate(object) ||
    types.isRegExp(object) ||
    types.isAnyArrayBuffer(object) ||
    types.isBoxedPrimitive(object)
  );
}

function sized(length: number): unknown[] {
  const array: unknown[] = [];
  array.length = length;
  return array;
}

/** Assignment would take `__proto__` for the prototype. */
function define(object: object, name: string, value: unknown): void {
  if (name === '__proto__') {
    const property = { value, enumerable: true, writable: true, configurable: true };
    Object.defineProperty(object, name, property);
  } else (object as Record<string, unknown>)[name] = value;
}
