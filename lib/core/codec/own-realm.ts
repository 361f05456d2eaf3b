import { types } from 'node:util';
import { intrinsicName } from './intrinsics.js';

const OWN: Readonly<Record<string, { readonly prototype: object }>> = {
  Object,
  Array,
  Date,
  Map,
  Set,
  RegExp,
  ArrayBuffer,
  Boolean,
  Number,
  String,
  BigInt,
};

/**
 * v8 makes objects of the realm in which Node started. In a test runner the program runs in another,
 * where such a `Date` is no instance of `Date`: this makes it one, and all that the graph holds.
 */
export function adopt(root: unknown): void {
  const seen = new Set<object>();
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const object = pending.pop();
    if (typeof object !== 'object' || object === null || seen.has(object)) continue;
    seen.add(object);
    adoptOne(object);
    if (types.isMap(object)) for (const [key, value] of object) pending.push(key, value);
    if (types.isSet(object)) for (const member of object) pending.push(member);
    if (ArrayBuffer.isView(object)) pending.push(object.buffer);
    else for (const name of Object.keys(object)) pending.push(Reflect.get(object, name));
  }
}

function adoptOne(object: object): void {
  const prototype = Object.getPrototypeOf(object) as object | null;
  const name = prototype === null ? undefined : intrinsicName(prototype);
  const own = name === undefined || !Object.hasOwn(OWN, name) ? undefined : OWN[name];
  if (own !== undefined && own.prototype !== prototype) {
    Object.setPrototypeOf(object, own.prototype);
  }
}
