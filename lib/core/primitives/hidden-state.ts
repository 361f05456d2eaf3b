import { type Openness, opennessOfSource } from './class-source.js';
import { isRoot } from './root-prototype.js';

/** By the prototype of the instances. */
const known = new WeakMap<object, Openness>([
  // Written with private fields, but what they hold can be asked for.
  [URL.prototype, 'native'],
  [URLSearchParams.prototype, 'native'],
]);

/** Whether an instance may keep state that cannot be seen from outside. */
export function hidesState(instance: object): boolean {
  const openness = opennessOf(instance);
  // Where there are properties, functions that are given `this` are taken to work with them.
  if (openness === 'speaking') return Object.getOwnPropertyNames(instance).length === 0;
  return openness !== 'open';
}

/** Whether a built-in, whose content is known, is an instance of a class that adds such state to it. */
export function hidesMore(builtIn: object): boolean {
  return opennessOf(builtIn) === 'hidden';
}

function opennessOf(value: object): Openness {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || isRoot(prototype)) return 'open';
  let answer = known.get(prototype);
  if (answer === undefined) {
    answer = opennessOfPrototype(prototype);
    if (answer === 'open' || answer === 'speaking') {
      const above = opennessOf(prototype);
      if (above !== 'open') answer = above;
    }
    known.set(prototype, answer);
  }
  return answer;
}

function opennessOfPrototype(prototype: object): Openness {
  const { constructor } = prototype as { constructor?: unknown };
  if (typeof constructor !== 'function') return 'hidden';
  if (isInstance(prototype)) return 'hidden';
  return opennessOfSource(Function.prototype.toString.call(constructor));
}

/** Whether it was made by `Object.create(instance)`: the instance's properties are seen through it. */
export function inheritsState(value: object): boolean {
  let prototype = Object.getPrototypeOf(value) as object | null;
  while (prototype !== null && !isRoot(prototype)) {
    if (isInstance(prototype)) return true;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return false;
}

/** Whether a prototype is an instance of a class itself, and has anything but methods and getters. */
function isInstance(prototype: object): boolean {
  if (Object.hasOwn(prototype, 'constructor')) return false;
  if (isRoot(Object.getPrototypeOf(prototype) as object | null)) return false;
  const properties = Object.values(Object.getOwnPropertyDescriptors(prototype));
  return properties.some(({ value, get }) => get === undefined && typeof value !== 'function');
}
