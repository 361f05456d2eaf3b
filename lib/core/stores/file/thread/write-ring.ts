import type { SeenPlace } from '../place-attempt.js';
import { SMALL } from '../inline-io.js';
import type { ThreadAnswer, ThreadWrite } from './thread-write.js';

/** As many as may be under way; a power of two, so that the counters may overflow. */
const SLOTS = 4;

/** Numbers shared by both threads, and after them the slots. */
const CONTROL_BYTES = 64;
const OFFERED = 0;
const ANSWERED = 1;

/** Of a slot: numbers, the name, another file's path, the bytes. */
const NAME_AT = 64;
const NAME_LENGTH = 64;
const PATH_AT = NAME_AT + NAME_LENGTH;
/** Linux' `PATH_MAX`. */
export const LONGEST_PATH = 4096;
const BODY_AT = PATH_AT + LONGEST_PATH;
const SLOT_BYTES = BODY_AT + SMALL;

/** Offsets of a slot's numbers. */
const STATE = 0;
const BODY_LENGTH = 4;
const PATH_LENGTH = 8;
const INO = 16;
const SIZE = 24;
const MODIFIED = 32;

/** Bits of an offer's state. */
const KEEPS_REPLACED = 1;
const CONTESTED = 2;
const FILLED = 4;

/** An answer's state. */
const WRITTEN = 0;
const OVERTAKEN = 1;
const FAILED = 2;

/** `Atomics.waitAsync` of ES2024, which every Node has that this runs on. */
const { waitAsync } = Atomics as unknown as {
  waitAsync(
    array: Int32Array,
    index: number,
    value: number,
  ): { readonly async: false } | { readonly async: true; readonly value: Promise<unknown> };
};

/**
 * Writes on their way to another thread, and its answers, in the order of the offers, through memory
 * that both have. A message costs each side some 20 µs for a write of 2 KB: what it holds is
 * serialized, and its bytes are copied with the whole of the buffer that they are a part of.
 */
export class WriteRing {
  readonly buffer: SharedArrayBuffer;
  readonly #control: Int32Array;
  readonly #bytes: Buffer;
  #offered = 0;
  #answered = 0;

  /** @param buffer of the other thread's ring */
  constructor(buffer = new SharedArrayBuffer(CONTROL_BYTES + SLOTS * SLOT_BYTES)) {
    this.buffer = buffer;
    this.#control = new Int32Array(buffer, 0, CONTROL_BYTES / 4);
    this.#bytes = Buffer.from(buffer, CONTROL_BYTES);
  }

  get isFull(): boolean {
    return this.#offered === ((this.#answered + SLOTS) | 0);
  }

  /** Whether every offer was answered. */
  get isEmpty(): boolean {
    return this.#offered === this.#answered;
  }

  /** For who writes: one more, of no more bytes than a small file has. Not while the ring is full. */
  offer({ name, parts, spare, keepsReplaced, contested }: ThreadWrite): void {
    const at = slotOf(this.#offered);
    const bytes = this.#bytes;
    let state = keepsReplaced ? KEEPS_REPLACED : 0;
    if (contested !== undefined) {
      state |= CONTESTED;
      const { there } = contested;
      if (there !== undefined) {
        state |= FILLED;
        bytes.writeDoubleLE(there.ino, at + INO);
        bytes.writeDoubleLE(there.size, at + SIZE);
        bytes.writeDoubleLE(there.mtimeMs, at + MODIFIED);
      }
    }
    bytes.writeInt32LE(state, at + STATE);
    bytes.write(name, at + NAME_AT, NAME_LENGTH, 'latin1');
    this.#writePath(at, spare);
    let end = at + BODY_AT;
    for (const part of parts) {
      bytes.set(part, end);
      end += part.length;
    }
    bytes.writeInt32LE(end - at - BODY_AT, at + BODY_LENGTH);
    this.#offered = (this.#offered + 1) | 0;
    Atomics.store(this.#control, OFFERED, this.#offered);
    Atomics.notify(this.#control, OFFERED);
  }

  /** For who writes: resolves when there is an answer. */
  async answered(): Promise<void> {
    const waited = waitAsync(this.#control, ANSWERED, this.#answered);
    if (waited.async) await waited.value;
  }

  /** For who writes: the next answer, if there is one. */
  take(): ThreadAnswer | undefined {
    if (Atomics.load(this.#control, ANSWERED) === this.#answered) return undefined;
    const at = slotOf(this.#answered);
    this.#answered = (this.#answered + 1) | 0;
    const state = this.#bytes.readInt32LE(at + STATE);
    if (state === FAILED) return 'failed';
    if (state === OVERTAKEN) return 'overtaken';
    return { ino: this.#bytes.readDoubleLE(at + INO), replaced: this.#pathAt(at) };
  }

  /** For the thread: does what is offered, for ever. */
  serve(write: (offer: ThreadWrite) => ThreadAnswer): never {
    for (;;) {
      while (Atomics.load(this.#control, OFFERED) === this.#answered) {
        Atomics.wait(this.#control, OFFERED, this.#answered);
      }
      const at = slotOf(this.#answered);
      this.#answer(at, write(this.#offerAt(at)));
      this.#answered = (this.#answered + 1) | 0;
      Atomics.store(this.#control, ANSWERED, this.#answered);
      Atomics.notify(this.#control, ANSWERED);
    }
  }

  #offerAt(at: number): ThreadWrite {
    const bytes = this.#bytes;
    const state = bytes.readInt32LE(at + STATE);
    const from = at + BODY_AT;
    return {
      name: bytes.toString('latin1', at + NAME_AT, at + NAME_AT + NAME_LENGTH),
      parts: [bytes.subarray(from, from + bytes.readInt32LE(at + BODY_LENGTH))],
      spare: this.#pathAt(at),
      keepsReplaced: (state & KEEPS_REPLACED) !== 0,
      contested: (state & CONTESTED) === 0 ? undefined : this.#seenAt(at, state),
    };
  }

  #seenAt(at: number, state: number): SeenPlace {
    if ((state & FILLED) === 0) return { there: undefined };
    const ino = this.#bytes.readDoubleLE(at + INO);
    const size = this.#bytes.readDoubleLE(at + SIZE);
    return { there: { ino, size, mtimeMs: this.#bytes.readDoubleLE(at + MODIFIED) } };
  }

  #answer(at: number, answer: ThreadAnswer): void {
    if (typeof answer === 'string') {
      this.#bytes.writeInt32LE(answer === 'failed' ? FAILED : OVERTAKEN, at + STATE);
      return;
    }
    this.#bytes.writeInt32LE(WRITTEN, at + STATE);
    this.#bytes.writeDoubleLE(answer.ino, at + INO);
    this.#writePath(at, answer.replaced);
  }

  #writePath(at: number, path = ''): void {
    const length = this.#bytes.write(path, at + PATH_AT, LONGEST_PATH, 'utf8');
    this.#bytes.writeInt32LE(length, at + PATH_LENGTH);
  }

  #pathAt(at: number): string | undefined {
    const length = this.#bytes.readInt32LE(at + PATH_LENGTH);
    if (length === 0) return undefined;
    return this.#bytes.toString('utf8', at + PATH_AT, at + PATH_AT + length);
  }
}

function slotOf(count: number): number {
  return (count & (SLOTS - 1)) * SLOT_BYTES;
}
