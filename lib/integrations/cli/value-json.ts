import { types } from 'node:util';
import { CommandError } from './command-error.js';

/**
 * A stored value as JSON that loses nothing without saying so. What JSON has no form for becomes an
 * object with a `$type`; so does an object that has a `$type` of its own. An object that was met before
 * is a reference to where it stands, which keeps cycles, and values that name one object a thousand times, finite.
 *
 * @throws CommandError for a value nested deeper than the stack
 */
export function asJson(value: unknown): unknown {
  try {
    const json = new ValueJson().of(value, 'value');
    // Is as deep as the value, and fails the same way.
    JSON.stringify(json);
    return json;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandError(1, 'the value is nested too deeply for JSON: leave --json out');
  }
}

class ValueJson {
  readonly #places = new Map<object, string>();

  of(value: unknown, place: string): unknown {
    switch (typeof value) {
      case 'undefined':
        return { $type: 'undefined' };
      case 'bigint':
        return { $type: 'bigint', value: `${value}` };
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : { $type: 'number', value: Object.is(value, -0) ? '-0' : `${value}` };
      case 'object':
        return value === null ? null : this.#object(value, place);
      default:
        return value;
    }
  }

  #object(object: object, place: string): unknown {
    const before = this.#places.get(object);
    if (before !== undefined) return { $type: 'reference', to: before };
    this.#places.set(object, place);
    if (Array.isArray(object)) return this.#array(object, place);
    if (types.isDate(object)) return { $type: 'Date', value: dateText(object) };
    if (types.isRegExp(object)) return expression(object);
    if (types.isMap(object)) {
      const entries = [...object].map(([key, held], at) => [
        this.of(key, `${place}.keys[${at}]`),
        this.of(held, `${place}.values[${at}]`),
      ]);
      return { $type: 'Map', entries };
    }
    if (types.isSet(object)) {
      const values = [...object].map((held, at) => this.of(held, `${place}.values[${at}]`));
      return { $type: 'Set', values };
    }
    if (types.isNativeError(object)) return this.#error(object, place);
    if (types.isBoxedPrimitive(object)) {
      const held: unknown = object.valueOf();
      return { $type: held!.constructor.name, value: this.of(held, place) };
    }
    if (types.isArrayBuffer(object)) {
      return { $type: 'ArrayBuffer', base64: Buffer.from(object).toString('base64') };
    }
    if (ArrayBuffer.isView(object)) return this.#view(object);
    const properties = this.#properties(object, Object.keys(object), place);
    return Object.hasOwn(object, '$type') ? { $type: 'Object', properties } : properties;
  }

  #array(array: readonly unknown[], place: string): unknown {
    const names = Object.keys(array);
    const last = names.length === array.length ? names.at(-1) : undefined;
    if (array.length === 0 && names.length === 0) return [];
    if (last === `${array.length - 1}`) {
      return array.map((held, at) => this.of(held, `${place}[${at}]`));
    }
    // With holes in it, of which there may be four billion, or properties beside its elements.
    return {
      $type: 'Array',
      length: array.length,
      properties: this.#properties(array, names, place),
    };
  }

  #error(error: Error, place: string): unknown {
    const names = ['name', 'message', 'stack', ...Object.getOwnPropertyNames(error)];
    return { $type: 'Error', properties: this.#properties(error, [...new Set(names)], place) };
  }

  #view(view: ArrayBufferView): unknown {
    const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
    return { $type: view.constructor.name, base64: bytes.toString('base64') };
  }

  #properties(object: object, names: readonly string[], place: string): object {
    const properties = {};
    for (const name of names) {
      const value = this.of((object as Record<string, unknown>)[name], step(place, name));
      // Assignment would take `__proto__` for the prototype.
      Object.defineProperty(properties, name, { value, enumerable: true });
    }
    return properties;
  }
}

function step(place: string, name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)
    ? `${place}.${name}`
    : `${place}[${JSON.stringify(name)}]`;
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'invalid' : date.toISOString();
}

function expression({ source, flags, lastIndex }: RegExp): unknown {
  return { $type: 'RegExp', source, flags, ...(lastIndex === 0 ? {} : { lastIndex }) };
}
