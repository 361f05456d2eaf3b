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
    const constructor: unknown = (prototype as { constructor?: unknown }).constructor;
    answer =
      typeof constructor === 'function'
        ? opennessOfSource(Function.prototype.toString.call(constructor))
        : 'hidden';
    if (answer === 'open' || answer === 'speaking') {
      const above = opennessOf(prototype);
      if (above !== 'open') answer = above;
    }
    known.set(prototype, answer);
  }
  return answer;
}
