/** Names of the intrinsics that prototypes belong to; undefined for prototypes of anything else. */
const names = new WeakMap<object, string | undefined>();

/**
 * The name of the built-in class that this is the prototype of, in whichever realm: values cross
 * from one to another in a `vm` context or a test runner, where `instanceof` is of no help.
 */
export function intrinsicName(prototype: object): string | undefined {
  let name = names.get(prototype);
  if (name === undefined && !names.has(prototype)) {
    name = findName(prototype);
    names.set(prototype, name);
  }
  return name;
}

function findName(prototype: object): string | undefined {
  if (prototype === Buffer.prototype) return 'Buffer';
  const found: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof found !== 'function' || found.prototype !== prototype) return undefined;
  return Function.prototype.toString.call(found).endsWith('{ [native code] }')
    ? found.name
    : undefined;
}

/** The name of an object's class, for an error message. */
export function className(object: object): string {
  const prototype = Object.getPrototypeOf(object) as object | null;
  const found: unknown =
    prototype && Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof found === 'function' && found.name !== '' ? found.name : 'an unknown class';
}
