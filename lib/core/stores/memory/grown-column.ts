/** The larger column, with what was in the smaller one. */
export function grown<
  Column extends Int32Array | Uint32Array | Uint8Array | Uint8ClampedArray | Float64Array,
>(column: Column, larger: Column): Column {
  larger.set(column);
  return larger;
}
