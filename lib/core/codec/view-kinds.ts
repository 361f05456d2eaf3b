import { intrinsicName } from './intrinsics.js';

type ViewConstructor = new (
  buffer: ArrayBuffer,
  offset: number,
  length: number,
) => ArrayBufferView<ArrayBuffer>;

/** Stored by place: only ever add to the end. */
const KINDS = [
  'Buffer',
  'Uint8Array',
  'Int8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
  'Float16Array',
] as const;

/** Whether a built-in class is one of views of memory that can be kept. */
export function isViewKind(name: string | undefined): boolean {
  return (KINDS as readonly (string | undefined)[]).includes(name);
}

/** A view's class, as a number. */
export function viewKind(view: ArrayBufferView): number {
  const name = intrinsicName(Object.getPrototypeOf(view) as object);
  return (KINDS as readonly (string | undefined)[]).indexOf(name);
}

/** A view of that class, `byteLength` bytes from `offset`. */
export function makeView(
  kind: number,
  buffer: ArrayBuffer,
  offset: number,
  byteLength: number,
): ArrayBufferView<ArrayBuffer> {
  const name = KINDS[kind];
  if (name === 'Buffer') return Buffer.from(buffer, offset, byteLength);
  const found =
    name && (globalThis as unknown as Record<string, ViewConstructor | undefined>)[name];
  if (!found) throw new TypeError(`unknown class of views ${kind}`);
  const { BYTES_PER_ELEMENT: size = 1 } = found as { BYTES_PER_ELEMENT?: number };
  return new found(buffer, offset, byteLength / size);
}
