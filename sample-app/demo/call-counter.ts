type Methods<T> = {
  [Name in keyof T]: T[Name] extends (...args: never[]) => unknown ? Name : never;
};

/** Counts the calls of a method on this one object; the method works as before. */
export function countCalls<T extends object>(
  target: T,
  method: Methods<T>[keyof T],
): { calls: number } {
  const counter = { calls: 0 };
  const original: unknown = target[method];
  if (typeof original !== 'function') throw new TypeError(`${String(method)} is not a method`);
  const counting = (...args: unknown[]): unknown => {
    counter.calls += 1;
    return Reflect.apply(original, target, args);
  };
  Object.defineProperty(target, method, { value: counting, configurable: true });
  return counter;
}
