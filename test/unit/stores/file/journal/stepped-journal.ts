import { once } from 'node:events';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { JournalOptions } from '../../../../../lib/core/stores/file/journal/invalidation-journal.js';
import type { Mark } from '../../../../../lib/core/stores/file/journal/invalidation.js';

const THREAD = './test/unit/stores/file/journal/journal-thread.mjs';
const LONGEST_MS = 20_000;

export interface SteppedTask {
  readonly root: string;
  readonly options?: JournalOptions;
  /** It has read the journal before the steps begin. */
  readonly knows?: boolean;
  /** Invalidated once the mark is taken. */
  readonly tag?: string;
}

interface Said {
  readonly call?: string;
  readonly idle?: boolean;
  readonly result?: { readonly mark: Mark; readonly there: boolean };
}

/** A journal in a thread of its own, which makes one call of the file system whenever it is told to. */
export class SteppedJournal {
  readonly #shared = new Int32Array(new SharedArrayBuffer(8));
  readonly #channel = new MessageChannel();
  readonly #worker: Worker;
  /** The call that it makes next; nothing when it is through. */
  next: string | undefined;
  result: Said['result'];

  private constructor(module: string) {
    Atomics.store(this.#shared, 0, 1);
    const port = this.#channel.port2;
    const workerData = { module, port, memory: this.#shared.buffer };
    this.#worker = new Worker(THREAD, { workerData, transferList: [port] });
  }

  static async start(module: string): Promise<SteppedJournal> {
    const journal = new SteppedJournal(module);
    await once(journal.#worker, 'online');
    journal.#await();
    return journal;
  }

  /** Up to the first call. */
  begin(task: SteppedTask): void {
    this.result = undefined;
    this.#channel.port1.postMessage(task);
    this.#goOn();
    this.#goOn();
  }

  step(): void {
    if (this.next !== undefined) this.#goOn();
  }

  /** Until the call is the next one to be made. */
  runTo(call: RegExp): void {
    while (this.next !== undefined && !call.test(this.next)) this.#goOn();
    if (this.next === undefined) throw new Error(`it never came to ${call.source}`);
  }

  finish(): void {
    while (this.next !== undefined) this.#goOn();
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
    this.#channel.port1.close();
  }

  #goOn(): void {
    Atomics.store(this.#shared, 0, 1);
    Atomics.add(this.#shared, 1, 1);
    Atomics.notify(this.#shared, 1);
    this.#await();
  }

  #await(): void {
    // A late word of the stop before wakes too: what counts is whether the thread stands.
    while (Atomics.load(this.#shared, 0) === 1) {
      if (Atomics.wait(this.#shared, 0, 1, LONGEST_MS) === 'timed-out') {
        throw new Error('the thread does not stop');
      }
    }
    this.next = undefined;
    for (;;) {
      const said = receiveMessageOnPort(this.#channel.port1) as { message: Said } | undefined;
      if (said === undefined) return;
      const { call, result } = said.message;
      this.next = call;
      if (result !== undefined) this.result = result;
    }
  }
}
