/** Map entry, slot columns and string header. */
const ENTRY_BYTES = 96;
const OBJECT_BYTES = 24;
const STRING_BYTES = 16;
const SLOT_BYTES = 8;

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
 * factor of two for data; code and handles that hang on a value are not counted. V8 offers no exact
 * figure short of a heap snapshot.
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

/** Bytes of the object itself; its children go to the backlog. */
function lookInto(value: object, weight: number, backlog: Backlog): number {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return 4 * OBJECT_BYTES + value.byteLength;
  }
  if (value instanceof Map || value instanceof Set) {
    let looked = 0;
    const share = (weight * value.size) / Math.min(value.size, MOST_CHILDREN);
    for (const [key, item] of value.entries()) {
      if (looked++ === MOST_CHILDREN) break;
      push(backlog, key, share);
      if (item !== key) push(backlog, item, share);
    }
    return OBJECT_BYTES + 4 * SLOT_BYTES * value.size;
  }
  if (Array.isArray(value)) {
    const step = Math.max(1, Math.ceil(value.length / MOST_CHILDREN));
    for (let at = 0; at < value.length; at += step) push(backlog, value[at], weight * step);
    return OBJECT_BYTES + SLOT_BYTES * value.length;
  }
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
