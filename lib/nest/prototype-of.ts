/** A value that the user provides can be anything, such as a proxy that answers to nothing. */
export function prototypeOf(value: object): object | undefined {
  try {
    return (Object.getPrototypeOf(value) as object | null) ?? undefined;
  } catch {
    return undefined;
  }
}
