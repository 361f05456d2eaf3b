/** No prototype, or `Object.prototype`: this realm's, or that of a `vm` context or a test runner. */
export function isRoot(prototype: object | null): boolean {
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}
