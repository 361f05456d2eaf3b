/** The members that were given: an option that is `undefined` was left out, and hides nothing behind it. */
export function withoutUndefined<T extends object>(options: T): T {
  const given = { ...options };
  // Most have none, and hits with `refreshAhead` come through here: nothing is built for those.
  for (const name in given) if (given[name] === undefined) delete given[name];
  return given;
}
