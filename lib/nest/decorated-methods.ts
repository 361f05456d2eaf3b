import { CachedMethod } from './cached-method.js';
import { type DecoratedEffect, effectsOf } from './decorators/method-effect.js';

/** What our decorators left on one method. */
export interface DecoratedMethod {
  readonly cached: CachedMethod | undefined;
  readonly effects: readonly DecoratedEffect[];
}

const NONE: readonly DecoratedMethod[] = [];
const found = new WeakMap<object, readonly DecoratedMethod[]>();

/** The methods that a prototype has itself. Reads no property, since a getter would run. */
export function* methodsOn(prototype: object): Iterable<[key: string | symbol, method: object]> {
  for (const key of Reflect.ownKeys(prototype)) {
    const method: unknown = Object.getOwnPropertyDescriptor(prototype, key)?.value;
    if (key !== 'constructor' && typeof method === 'function') yield [key, method];
  }
}

/** The decorated methods of a prototype and those above it, overridden ones too: `super` reaches them. */
export function decoratedMethods(prototype: object | undefined | null): readonly DecoratedMethod[] {
  if (prototype === undefined || prototype === null || prototype === Object.prototype) return NONE;
  let methods = found.get(prototype);
  if (methods === undefined) {
    const above = decoratedMethods(Object.getPrototypeOf(prototype) as object | null);
    methods = [...above, ...ownMethods(prototype)];
    found.set(prototype, methods);
  }
  return methods;
}

function ownMethods(prototype: object): DecoratedMethod[] {
  const methods: DecoratedMethod[] = [];
  for (const [, method] of methodsOn(prototype)) {
    const decorated = { cached: CachedMethod.of(method), effects: effectsOf(method) };
    if (decorated.cached !== undefined || decorated.effects.length > 0) methods.push(decorated);
  }
  return methods;
}
