/** The measuring loop with no cache in it: part of every other figure. */
export function sync() {
  return { get: (key) => key, set: () => undefined };
}
