import { isDeepStrictEqual } from 'node:util';

/** Up to this it is quicker to name an array's elements than to ask `hasOnlyElements`. */
export const LONG_ARRAY = 64;

/** Asks in 16 ns; to have a descriptor made takes five times as long. */
const { __lookupGetter__: lookUpGetter } = Object.prototype as unknown as {
  __lookupGetter__(this: object, name: PropertyKey): (() => unknown) | undefined;
};

/** What an element holds; undefined also for an accessor, which is not called, and for a hole. */
export function elementOf(array: readonly unknown[], at: number): unknown {
  return lookUpGetter.call(array, at) === undefined ? array[at] : undefined;
}

export function isAccessor(object: object, name: PropertyKey): boolean {
  const property = Object.getOwnPropertyDescriptor(object, name);
  return property !== undefined && !('value' in property);
}

/**
 * Whether an array without holes has no enumerable property but its elements: if so, it equals its copy.
 * Naming each element of a million takes 90 ms and allocates a million strings. False may also mean
 * "not sure".
 */
export function hasOnlyElements(array: readonly unknown[]): boolean {
  // `slice` calls what an array has for its constructor.
  return !Object.hasOwn(array, 'constructor') && isDeepStrictEqual(array, array.slice());
}

/**
 * Whether a view has no enumerable property but its bytes: if so, it equals another view of the same
 * memory. Reading each byte's name would take 20 ns a byte. False may also mean "not sure".
 */
export function hasOnlyBytes(view: ArrayBufferView): boolean {
  if (view instanceof DataView) return Reflect.ownKeys(view).length === 0;
  return isDeepStrictEqual(view, sameView(view));
}

function sameView(view: ArrayBufferView): ArrayBufferView {
  const { buffer, byteOffset, byteLength } = view;
  if (Buffer.isBuffer(view)) return Buffer.from(buffer, byteOffset, byteLength);
  const { constructor } = Object.getPrototypeOf(view) as { readonly constructor: ViewConstructor };
  return new constructor(buffer, byteOffset, (view as Uint8Array).length);
}

type ViewConstructor = new (
  buffer: ArrayBufferLike,
  offset: number,
  length: number,
) => ArrayBufferView;

/** Whether a property's name is that of an element. */
export function isElement(name: string | symbol): boolean {
  return typeof name === 'string' && String(Number(name) >>> 0) === name;
}
