import { availableParallelism } from 'node:os';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Worker } from 'node:worker_threads';
import { hasHandles } from '../handle-reserve.js';
import { ownIdentity, type ProcessIdentity } from '../process-identity.js';
import type { ThreadAnswer, ThreadWrite } from './thread-write.js';
import { LONGEST_PATH, WriteRing } from './write-ring.js';

/** What the thread is given at its start. */
export interface ThreadData {
  readonly directory: string;
  readonly buffer: SharedArrayBuffer;
  /** Who keeps what it has replaced, and outlives it. */
  readonly owner: ProcessIdentity;
}

export interface WriteThreadOptions {
  /** Where the thread's program is. */
  readonly program?: URL;
  /** Milliseconds from any start. */
  readonly now?: () => number;
  /** How many threads run at once on this machine. */
  readonly parallelism?: number;
  /** It ends when there was nothing to write for so many milliseconds. */
  readonly idleMs?: number;
}

/** The thread is started when writes take this thread for so long of so long. */
const BUSY_MS = 10;
const SPAN_MS = 100;

const IDLE_MS = 10_000;

/** After a failure, the next attempt to start it. */
const RETRY_MS = 60_000;

/**
 * It takes four or five of them for as long as it is there, which others may need more; and where there are too
 * few, Node's failed attempt keeps some for ever.
 */
const SPARE_HANDLES = 32;

/** What an entry's path has after the directory: folders, and a temporary file's name. */
const LONGEST_NAME = 256;

/**
 * A thread that writes small files, while there is much to write. Of a write, half is system calls: there
 * they no longer hold up the event loop, and overlap with the encoding of the next value. There is none
 * where there is one processor, where it cannot be started (a bundle without its file, a permission
 * that is not given), and while little is written: all that it does can be done by this thread as well.
 */
export class WriteThread {
  readonly #directory: string;
  readonly #program: () => URL;
  readonly #now: () => number;
  readonly #idleMs: number;
  #worker: Worker | undefined;
  /** There once the thread is ready. */
  #ring: WriteRing | undefined;
  readonly #waiting: ((answer: ThreadAnswer) => void)[] = [];
  #idle: NodeJS.Timeout | undefined;
  #usedAt = 0;
  #since = -Infinity;
  #spentMs = 0;
  #notBefore: number;

  constructor(directory: string, options: WriteThreadOptions = {}) {
    const { program, parallelism = availableParallelism() } = options;
    this.#directory = directory;
    // Where the module was made part of a bundle of another format there is no URL.
    this.#program = () => program ?? new URL('./writing-thread.js', import.meta.url);
    this.#now = options.now ?? (() => performance.now());
    this.#idleMs = options.idleMs ?? IDLE_MS;
    const fits = Buffer.byteLength(directory) + LONGEST_NAME <= LONGEST_PATH;
    this.#notBefore = parallelism > 1 && fits ? -Infinity : Infinity;
  }

  /** Whether it can be given a write. */
  get isFree(): boolean {
    return this.#ring?.isFull === false;
  }

  /** So long a small write took this thread: if it is often enough, the other one is started. */
  spent(ms: number): void {
    const now = this.#now();
    if (now - this.#since > SPAN_MS) {
      this.#since = now;
      this.#spentMs = 0;
    }
    this.#spentMs += ms;
    if (this.#spentMs >= BUSY_MS && this.#worker === undefined && now >= this.#notBefore) {
      this.#start();
    }
  }

  /** Has it written. Only while the thread is free. Never rejects. */
  write(write: ThreadWrite): Promise<ThreadAnswer> {
    const ring = this.#ring!;
    this.#usedAt = this.#now();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      ring.offer(write);
      if (this.#waiting.length > 1) return;
      // The process is not to end before it is written.
      this.#worker!.ref();
      void this.#attend(ring);
    });
  }

  /** Ends the thread; there is none from now on. What it has been given is to be done by then. */
  async close(): Promise<void> {
    this.#notBefore = Infinity;
    await this.#end();
  }

  #start(): void {
    const ring = new WriteRing();
    const worker = this.#make(ring);
    if (worker === undefined) {
      this.#waitToRetry();
      return;
    }
    this.#worker = worker;
    worker.once('message', () => {
      if (this.#worker !== worker) return;
      this.#ring = ring;
      this.#usedAt = this.#now();
      this.#endWhenIdle();
    });
    const failed = (): void => this.#failed(worker);
    worker.once('error', failed).once('exit', failed).unref();
  }

  /** Undefined: not now. */
  #make({ buffer }: WriteRing): Worker | undefined {
    if (!hasHandles(SPARE_HANDLES)) return undefined;
    const workerData: ThreadData = { directory: this.#directory, buffer, owner: ownIdentity() };
    try {
      const threads = process.getBuiltinModule('node:worker_threads');
      // Nothing of what the application preloads.
      const options = { workerData, env: {}, execArgv: [], name: 'nestjs-tiered-cache' };
      return new threads.Worker(this.#program(), options);
    } catch {
      return undefined;
    }
  }

  async #attend(ring: WriteRing): Promise<void> {
    while (this.#ring === ring && !ring.isEmpty) {
      await ring.answered();
      for (let answer = ring.take(); answer !== undefined; answer = ring.take()) {
        this.#waiting.shift()?.(answer);
      }
    }
    if (this.#ring === ring) this.#worker?.unref();
  }

  #failed(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#forget();
    this.#waitToRetry();
    for (const resolve of this.#waiting.splice(0)) resolve('failed');
  }

  #endWhenIdle(): void {
    this.#idle = setTimeout(() => {
      if (this.#now() - this.#usedAt >= this.#idleMs && this.#waiting.length === 0)
        void this.#end();
      else this.#endWhenIdle();
    }, this.#idleMs).unref();
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#forget();
    await worker?.terminate();
  }

  #forget(): void {
    this.#worker = undefined;
    this.#ring = undefined;
    clearTimeout(this.#idle);
  }

  #waitToRetry(): void {
    this.#notBefore = Math.max(this.#notBefore, this.#now() + RETRY_MS);
  }
}
