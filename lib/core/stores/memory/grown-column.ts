/** What columns are before there is a slot: shared, since each would cost some 200 bytes in a category that is only asked. */
export const NO_INTS = new Int32Array(0);
export const NO_FLOATS = new Float64Array(0);
export const NO_BYTES = new Uint8Array(0);

/** The larger column, with what was in the smaller one. */
export function grown<
  Column extends Int32Array | Uint32Array | Uint8Array | Uint8ClampedArray | Float64Array,
>(column: Column, larger: Column): Column {
  larger.set(column);
  return larger;
}

/** A list of so many places, with what was in the first of them. Lists that grow by themselves leave more room. */
export function resized<T>(list: readonly T[], length: number): T[] {
  const copy = new Array<T>(length);
  for (let at = 0; at < list.length; at++) copy[at] = list[at]!;
  return copy;
}
