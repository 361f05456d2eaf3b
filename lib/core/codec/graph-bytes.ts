import type * as V8 from 'node:v8';
import type { Deserializer, Serializer } from 'node:v8';
import { sharedWindows, type Window } from './shared-windows.js';
import { makeView, viewKind } from './view-kinds.js';

/** Not in Node's typings, though documented. */
interface HostObjects {
  _setTreatArrayBufferViewsAsHostObjects(treat: boolean): void;
}

/** v8's classes as this cache uses them. */
interface Serialization {
  readonly Writer: new (windows: ReadonlyMap<ArrayBufferView, Window>) => Serializer;
  readonly Reader: new (bytes: Buffer) => Deserializer;
}

let made: Serialization | undefined;

/** Loads `node:v8` with the first value that JSON cannot keep, which many applications never have. */
function serialization(): Serialization {
  return (made ??= extended(process.getBuiltinModule('node:v8')));
}

/**
 * v8's serializer and deserializer, but for views of memory. Node's own `v8.serialize` gives back views that
 * share the memory of the bytes they were read from and none with each other.
 */
function extended(v8: typeof V8): Serialization {
  class GraphSerializer extends v8.Serializer {
    readonly #windows: ReadonlyMap<ArrayBufferView, Window>;

    constructor(windows: ReadonlyMap<ArrayBufferView, Window>) {
      super();
      this.#windows = windows;
      (this as unknown as HostObjects)._setTreatArrayBufferViewsAsHostObjects(true);
    }

    _writeHostObject(view: object): void {
      if (!ArrayBuffer.isView(view)) throw new TypeError('an object of the host cannot be kept');
      this.writeUint32(viewKind(view));
      this.writeUint32(view.byteLength);
      const window = this.#windows.get(view);
      this.writeUint32(window ? 1 : 0);
      if (window) {
        this.writeUint32(window.offset);
        this.writeValue(window.memory);
      } else {
        this.writeRawBytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
      }
    }
  }

  class GraphDeserializer extends v8.Deserializer {
    _readHostObject(): ArrayBufferView {
      const kind = this.readUint32();
      const byteLength = this.readUint32();
      if (this.readUint32() === 1) {
        const offset = this.readUint32();
        return makeView(kind, this.readValue() as ArrayBuffer, offset, byteLength);
      }
      const memory = new Uint8Array(this.readRawBytes(byteLength));
      return makeView(kind, memory.buffer, 0, byteLength);
    }
  }

  return { Writer: GraphSerializer, Reader: GraphDeserializer };
}

/** The bytes of a graph that v8 keeps as it is. */
export function writeGraph(
  graph: unknown,
  views: readonly ArrayBufferView[],
  buffers: ReadonlySet<ArrayBufferLike>,
): Buffer {
  const serializer = new (serialization().Writer)(sharedWindows(views, buffers));
  serializer.writeHeader();
  serializer.writeValue(graph);
  return serializer.releaseBuffer();
}

/** Shares no memory with the bytes. */
export function readGraph(bytes: Buffer): unknown {
  const deserializer = new (serialization().Reader)(bytes);
  deserializer.readHeader();
  return deserializer.readValue();
}
