import { CacheOptionsError, Description } from '../../core/primitives/errors.js';

/** A method, from outside. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Names of methods already given out, by class: two symbols can have one description. */
const labels = new WeakMap<object, Map<string, string | symbol>>();

/**
 * The method that a decorator is put on.
 *
 * @throws CacheOptionsError for anything but an instance method
 */
export function decoratedMethod(
  target: object,
  propertyKey: string | symbol,
  descriptor: TypedPropertyDescriptor<Method> | undefined,
  decorator: string,
): Method {
  refuseStandard(propertyKey, decorator);
  const isStatic = typeof target === 'function';
  const className = isStatic ? target.name : target.constructor.name;
  const where = `${className}.${String(propertyKey)} ${decorator}`;
  if (isStatic) {
    throw new CacheOptionsError(where, new Description('a static method'), 'on an instance method');
  }
  if (typeof descriptor?.value !== 'function') {
    throw new CacheOptionsError(where, new Description('something else'), 'on a method');
  }
  return descriptor.value;
}

/** A decorator of the language's own kind is given a context in the place of the name. */
function refuseStandard(propertyKey: unknown, decorator: string): void {
  if (typeof propertyKey !== 'object' || propertyKey === null) return;
  const { name } = propertyKey as { readonly name?: unknown };
  throw new CacheOptionsError(
    `${String(name)} ${decorator}`,
    new Description('a standard decorator'),
    'compiled with "experimentalDecorators": true in tsconfig.json, as those of Nest',
  );
}

/**
 * Puts `wrapper` in the place of `original`. What decorators left below stays visible, because
 * metadata is looked up along the prototypes; what they leave above lands on the wrapper.
 */
export function wrapMethod(original: Method, wrapper: Method): Method {
  Object.setPrototypeOf(wrapper, original);
  Object.defineProperty(wrapper, 'name', { value: original.name, configurable: true });
  Object.defineProperty(wrapper, 'length', { value: original.length, configurable: true });
  return wrapper;
}

/** The method's name in keys, unique within its class. */
export function labelOf(declaringClass: object, propertyKey: string | symbol): string {
  const taken = labels.get(declaringClass) ?? new Map<string, string | symbol>();
  labels.set(declaringClass, taken);
  const name = String(propertyKey);
  let label = name;
  for (let count = 2; taken.has(label) && taken.get(label) !== propertyKey; count++) {
    label = `${name}~${count}`;
  }
  taken.set(label, propertyKey);
  return label;
}
