import { types } from 'node:util';

const OBJECT_BYTES = 24;
export const STRING_BYTES = 16;
const SLOT_BYTES = 8;
const BUFFER_BYTES = 4 * OBJECT_BYTES;
const STACK_BYTES = 400;

/** With more names, an object shares them with no other: V8 keeps a table for it alone. */
const MOST_SHARED_NAMES = 1020;
const TABLE_SLOT_BYTES = 40;

/** Members of a map or set that can be seen: there is no way to one but past those before it. */
const MOST_MEMBERS = 200;

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

export interface PartsViewer {
  see(child: unknown): void;
}

/** What an object takes itself, and how many children it has. */
export interface ObjectParts {
  /** Bytes of heap, those of its children left out. */
  readonly bytes: number;
  readonly count: number;

  /** Places in which they can be seen; those beyond are taken to be alike. */
  readonly places: number;

  /** Shows what is in a place from 0 on; the places asked for must ascend. May throw. */
  show(place: number, viewer: PartsViewer): void;
}

/** Of what cannot be looked into, a constant is counted. */
const CLOSED: ObjectParts = { bytes: OBJECT_BYTES, count: 0, places: 0, show: () => {} };

/** The parts of an object. Never throws, and runs no code of the object. */
export function partsOf(value: object): ObjectParts {
  // Whatever is asked of a proxy, its traps answer.
  if (types.isProxy(value)) return CLOSED;
  try {
    if (Array.isArray(value)) return new Elements(value);
    return Object.getPrototypeOf(value) === Object.prototype
      ? new Properties(value, Object.keys(value), OBJECT_BYTES)
      : partsOfInstance(value);
  } catch {
    return CLOSED;
  }
}

function partsOfInstance(value: object): ObjectParts {
  if (ArrayBuffer.isView(value)) {
    return bytesOnly(types.isDataView(value) ? bytesOfDataView(value) : bytesOfTypedArray(value));
  }
  if (types.isAnyArrayBuffer(value)) {
    const isShared = types.isSharedArrayBuffer(value);
    return bytesOnly(isShared ? bytesOfSharedBuffer(value) : bytesOfBuffer(value));
  }
  if (types.isMap(value)) return new Members(entriesOfMap.call(value), sizeOfMap(value));
  if (types.isSet(value)) return new Members(entriesOfSet.call(value), sizeOfSet(value));
  if (types.isNativeError(value)) {
    // Whoever asks for its stack has it written, by `Error.prepareStackTrace`.
    const names = Object.getOwnPropertyNames(value).filter((name) => name !== 'stack');
    return new Properties(value, names, OBJECT_BYTES + STACK_BYTES);
  }
  return new Properties(value, Object.keys(value), OBJECT_BYTES);
}

function bytesOnly(bytes: number): ObjectParts {
  return { ...CLOSED, bytes: BUFFER_BYTES + bytes };
}

class Elements implements ObjectParts {
  readonly bytes: number;
  readonly count: number;
  readonly places: number;

  constructor(private readonly list: readonly unknown[]) {
    this.count = this.places = list.length;
    this.bytes = OBJECT_BYTES + SLOT_BYTES * list.length;
  }

  show(place: number, viewer: PartsViewer): void {
    // Elements may be getters, but hardly are, and to ask for descriptors would take a hundred times as long.
    viewer.see(this.list[place]);
  }
}

class Properties implements ObjectParts {
  readonly bytes: number;
  readonly count: number;
  readonly places: number;

  constructor(
    private readonly owner: object,
    private readonly names: readonly string[],
    ownBytes: number,
  ) {
    this.count = this.places = names.length;
    this.bytes = ownBytes + SLOT_BYTES * names.length;
    if (names.length > MOST_SHARED_NAMES) {
      // The last name is as long as most where they are counted up.
      const { length } = names.at(-1)!;
      this.bytes += names.length * (TABLE_SLOT_BYTES + STRING_BYTES + length);
    }
  }

  show(place: number, viewer: PartsViewer): void {
    const property = Object.getOwnPropertyDescriptor(this.owner, this.names[place]!);
    // A getter is the user's code: sizing a value must not run it.
    if (property && 'value' in property) viewer.see(property.value);
  }
}

class Members implements ObjectParts {
  readonly bytes: number;
  readonly places: number;
  private reached = 0;

  constructor(
    private readonly members: Iterator<[unknown, unknown]>,
    readonly count: number,
  ) {
    this.bytes = OBJECT_BYTES + 4 * SLOT_BYTES * count;
    this.places = Math.min(count, MOST_MEMBERS);
  }

  show(place: number, viewer: PartsViewer): void {
    for (; this.reached < place; this.reached++) this.members.next();
    this.reached++;
    const { done, value } = this.members.next();
    if (done === true) return;
    const [key, item] = value;
    viewer.see(key);
    if (item !== key) viewer.see(item);
  }
}

/** A number as the language itself gives it: heirs may have a getter of that name. */
function intrinsic<T extends object>(prototype: T, name: keyof T & string): (of: T) => number {
  const { get } = Object.getOwnPropertyDescriptor(prototype, name)!;
  return (of) => get!.call(of) as number;
}
