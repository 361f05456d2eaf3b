/** The base: what JavaScript itself asks for a look-up. No limit, no expiry. */
export function sync() {
  const map = new Map();
  return { get: (key) => map.get(key), set: (key, value) => void map.set(key, value), holds: map };
}

/** An awaited function that does a `Map.get`, and otherwise loads as a cache would. */
export function awaited() {
  const map = new Map();
  async function wrap(key, factory) {
    const found = map.get(key);
    if (found !== undefined) return found;
    const value = await factory();
    map.set(key, value);
    return value;
  }
  return { wrap };
}
