import { partsOf, STRING_BYTES, type ObjectParts, type PartsViewer } from './object-parts.js';

/** Map entry, slot columns and string header. */
const ENTRY_BYTES = 96;
const BIGINT_BYTES = 24;

/** Objects looked into for one estimate; only chains are ever so long. */
const MOST_OBJECTS = 50_000;

/** Children looked at of one long collection; they stand for the others. */
const MOST_CHILDREN = 200;

/** Children looked at of all objects that are equally deep. */
const MOST_AT_A_DEPTH = 2000;

/** Entries weighed to estimate the size of many. */
const SAMPLE = 16;

/** An even spread: whatever the number of its multiples, their fractions are nowhere dense. */
const GOLDEN_RATIO = 0.618_033_988_749_895;

/**
 * Estimates the bytes of heap that an entry takes: strings by their length, buffers by theirs,
 * objects by their properties. Each object counts once; long collections are sampled, and the wider
 * what is above them, the more sparsely. Within a factor of two for data; code and handles that hang on a
 * value are not counted, nor what is behind a proxy, nor a chain past its first 50,000 objects. V8
 * offers no exact figure short of a heap snapshot.
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
  return Math.round(new Estimate(root).bytes);
}

/** The bytes of a value, counted depth by depth. */
class Estimate implements PartsViewer {
  bytes = 0;
  private readonly seen = new Set<object>();
  /** All that has been opened, the shallow before the deep. */
  private readonly opened: ObjectParts[] = [];
  /** How many objects each of them stands for. */
  private readonly weights: number[] = [];
  private weight = 1;
  private shift = 0;

  constructor(root: unknown) {
    this.see(root);
    for (let from = 0; from < this.opened.length && from < MOST_OBJECTS;) {
      from = this.lookIntoDepth(from);
    }
  }

  /** Looks into what is equally deep; returns where the next depth begins. */
  private lookIntoDepth(from: number): number {
    const { opened } = this;
    const end = opened.length;
    const most = fairShare(opened, from);
    for (let at = from; at < end; at++) {
      try {
        this.lookInto(opened[at]!, this.weights[at]!, most);
      } catch {
        // What cannot be looked into weighs what it weighs without its children.
      }
    }
    return end;
  }

  /** Looks at all children, or at `most` spread evenly over them and in no step with them. */
  private lookInto(parts: ObjectParts, weight: number, most: number): void {
    const { count, places } = parts;
    if (count <= most) {
      this.weight = weight;
      for (let place = 0; place < count; place++) parts.show(place, this);
      return;
    }
    const looks = Math.min(places, most);
    const stride = places / looks;
    this.weight = (weight * count) / looks;
    for (let look = 0; look < looks; look++) {
      parts.show(Math.floor((look + this.nextShift()) * stride), this);
    }
  }

  private nextShift(): number {
    this.shift += this.shift < 1 - GOLDEN_RATIO ? GOLDEN_RATIO : GOLDEN_RATIO - 1;
    return this.shift;
  }

  see(value: unknown): void {
    if (typeof value === 'string') this.bytes += this.weight * (STRING_BYTES + value.length);
    else if (typeof value === 'bigint') this.bytes += this.weight * bytesOfBigInt(value);
    else if (typeof value === 'object' && value !== null) this.open(value);
  }

  private open(value: object): void {
    if (this.seen.has(value)) return;
    this.seen.add(value);
    const parts = partsOf(value);
    this.bytes += this.weight * parts.bytes;
    if (parts.count === 0) return;
    this.opened.push(parts);
    this.weights.push(this.weight);
  }
}

/** Children that each object may have looked at, so that those with many leave some to all others. */
function fairShare(opened: readonly ObjectParts[], from: number): number {
  let wished = 0;
  for (let at = from; at < opened.length; at++) wished += wishOf(opened[at]!);
  if (wished <= MOST_AT_A_DEPTH) return MOST_CHILDREN;
  const wishes = opened.slice(from).map(wishOf);
  let left = MOST_AT_A_DEPTH;
  for (const [at, wish] of wishes.sort((a, b) => a - b).entries()) {
    const share = Math.max(1, Math.floor(left / (wishes.length - at)));
    if (wish > share) return share;
    left -= wish;
  }
  return MOST_CHILDREN;
}

function wishOf({ places }: ObjectParts): number {
  return Math.min(places, MOST_CHILDREN);
}

function bytesOfBigInt(value: bigint): number {
  const isShort = BigInt.asIntN(64, value) === value;
  return isShort ? BIGINT_BYTES : BIGINT_BYTES + value.toString(16).length / 2;
}
