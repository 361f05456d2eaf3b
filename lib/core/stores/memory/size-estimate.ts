import { types } from 'node:util';

/** Map entry, slot columns and string header. */
const ENTRY_BYTES = 96;
const OBJECT_BYTES = 24;
const STRING_BYTES = 16;
const SLOT_BYTES = 8;

const BUFFER_BYTES = 4 * OBJECT_BYTES;

const sizeOfMap = intrinsic(Map.prototype, 'size');
const sizeOfSet = intrinsic(Set.prototype, 'size');
const entriesOfMap = Map.prototype.entries;
const entriesOfSet = Set.prototype.entries;
const bytesOfTypedArray = intrinsic(
  Object.getPrototypeOf(Uint8Array.prototype) as ArrayBufferView,
  'byteLength',
);
const bytesOfDataView = intrinsic(DataView.prototype, 'byteLength');
const bytesOfBuffer = intrinsic(ArrayBuffer.prototype, 'byteLength');
const bytesOfSharedBuffer = intrinsic(SharedArrayBuffer.prototype, 'byteLength');

/** Objects looked into for one estimate; more add nothing that matters. */
const MOST_OBJECTS = 2000;

/** Children looked at of one long collection; they stand for the others. */
const MOST_CHILDREN = 200;

/** Entries weighed to estimate the size of many. */
const SAMPLE = 16;

/** Values yet to be looked at, each with how many it stands for. */
type Backlog = { readonly values: unknown[]; readonly weights: number[] };

/**
 * Estimates the bytes of heap that an entry takes: strings by their length, buffers by theirs,
 * objects by their properties. Each object counts once; long collections are sampled. Within a
 * factor of two for data; code and handles that hang on a value are not counted, nor what is behind a
 * proxy. V8 offers no exact figure short of a heap snapshot.
 */
export function estimateEntryBytes(key: string, value: unknown): number {
  return ENTRY_BYTES + STRING_BYTES + key.length + estimateBytes(value);
}

/**
 * Estimates what `count` entries take by some of them.
 *
 * @param end places in which they are, from 0
 * @param entryAt what is in a place, if anything is
 */
export function estimateTotalBytes(
  count: number,
  end: number,
  entryAt: (place: number) => { readonly key: string; readonly value: unknown } | undefined,
): number {
  const step = Math.max(1, Math.floor(end / SAMPLE));
  let sampled = 0;
  let bytes = 0;
  for (let place = 0; place < end; place += step) {
    const entry = entryAt(place);
    if (entry === undefined) continue;
    bytes += estimateEntryBytes(entry.key, entry.value);
    sampled++;
  }
  return sampled === 0 ? 0 : Math.round((bytes / sampled) * count);
}

function estimateBytes(root: unknown): number {
  const seen = new Set<object>();
  const backlog: Backlog = { values: [root], weights: [1] };
  let bytes = 0;
  while (backlog.values.length > 0 && seen.size < MOST_OBJECTS) {
    const value = backlog.values.pop();
    const weight = backlog.weights.pop()!;
    if (typeof value === 'string') bytes += weight * (STRING_BYTES + value.length);
    else if (typeof value === 'bigint') bytes += weight * OBJECT_BYTES;
    else if (typeof value === 'object' && value !== null && !seen.has(value)) {
      seen.add(value);
      bytes += weight * lookInto(value, weight, backlog);
    }
  }
  return Math.round(bytes);
}

/**
 * Bytes of the object itself; its children go to the backlog. Never throws: of what cannot be looked
 * into, a constant is counted.
 */
function lookInto(value: object, weight: number, backlog: Backlog): number {
  // Whatever is asked of a proxy, its traps answer.
  if (types.isProxy(value)) return OBJECT_BYTES;
  try {
    if (Array.isArray(value)) return lookIntoList(value, weight, backlog);
    return Object.getPrototypeOf(value) === Object.prototype
      ? lookIntoProperties(value, weight, backlog)
      : lookIntoInstance(value, weight, backlog);
  } catch {
    return OBJECT_BYTES;
  }
}

function lookIntoInstance(value: object, weight: number, backlog: Backlog): number {
  if (ArrayBuffer.isView(value)) {
    const bytes = types.isDataView(value) ? bytesOfDataView(value) : bytesOfTypedArray(value);
    return BUFFER_BYTES + bytes;
  }
  if (types.isAnyArrayBuffer(value)) {
    const isShared = types.isSharedArrayBuffer(value);
    return BUFFER_BYTES + (isShared ? bytesOfSharedBuffer(value) : bytesOfBuffer(value));
  }
  if (types.isMap(value)) {
    return lookIntoMembers(entriesOfMap.call(value), sizeOfMap(value), weight, backlog);
  }
  if (types.isSet(value)) {
    return lookIntoMembers(entriesOfSet.call(value), sizeOfSet(value), weight, backlog);
  }
  return lookIntoProperties(value, weight, backlog);
}

function lookIntoMembers(
  members: Iterable<[unknown, unknown]>,
  size: number,
  weight: number,
  backlog: Backlog,
): number {
  let looked = 0;
  const share = (weight * size) / Math.min(size, MOST_CHILDREN);
  for (const [key, item] of members) {
    if (looked++ === MOST_CHILDREN) break;
    push(backlog, key, share);
    if (item !== key) push(backlog, item, share);
  }
  return OBJECT_BYTES + 4 * SLOT_BYTES * size;
}

function lookIntoList(value: readonly unknown[], weight: number, backlog: Backlog): number {
  const step = Math.max(1, Math.ceil(value.length / MOST_CHILDREN));
  // Elements may be getters, but hardly are, and to ask for descriptors would take a hundred times as long.
  for (let at = 0; at < value.length; at += step) push(backlog, value[at], weight * step);
  return OBJECT_BYTES + SLOT_BYTES * value.length;
}

function lookIntoProperties(value: object, weight: number, backlog: Backlog): number {
  const names = Object.keys(value);
  const step = Math.max(1, Math.ceil(names.length / MOST_CHILDREN));
  for (let at = 0; at < names.length; at += step) {
    const property = Object.getOwnPropertyDescriptor(value, names[at]!);
    // A getter is the user's code: sizing a value must not run it.
    if (property && 'value' in property) push(backlog, property.value, weight * step);
  }
  return OBJECT_BYTES + SLOT_BYTES * names.length;
}

function push(backlog: Backlog, value: unknown, weight: number): void {
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'object') {
    backlog.values.push(value);
    backlog.weights.push(weight);
  }
}

/** A number as the language itself gives it: heirs may have a getter of that name. */
function intrinsic<T extends object>(prototype: T, name: keyof T & string): (of: T) => number {
  const { get } = Object.getOwnPropertyDescriptor(prototype, name)!;
  return (of) => get!.call(of) as number;
}
