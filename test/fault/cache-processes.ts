import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

const SCRIPT = 'test/fault/cache-process.mjs';

/** As it comes out of a message: what JSON and the structured clone keep. */
export interface Answer {
  readonly success?: boolean;
  readonly value?: unknown;
  readonly source?: string;
  readonly [name: string]: unknown;
}

interface Said {
  readonly id?: number;
  readonly answer?: unknown;
  readonly failure?: string;
  readonly loading?: string;
  readonly at?: number;
  readonly ready?: true;
  readonly unhandled?: string;
}

/** A real process with a cache on a folder, of the built package. */
export class CacheProcess {
  readonly unhandled: string[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(answer: unknown): void; reject(e: Error): void }>();
  readonly #loads = new Map<string, (at: number) => void>();
  readonly #begun = new Map<string, number>();
  #calls = 0;
  #ready!: () => void;

  private constructor(directory: string, log: string) {
    this.#child = fork(SCRIPT, [directory, log], { execArgv: [], serialization: 'advanced' });
    this.#child.on('message', (said) => this.#hear(said as Said));
  }

  static async start(directory: string, log: string): Promise<CacheProcess> {
    const made = new CacheProcess(directory, log);
    await new Promise<void>((ready) => {
      made.#ready = ready;
    });
    return made;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  ask<T = Answer>(task: string, ...args: unknown[]): Promise<T> {
    const id = ++this.#calls;
    if (task === 'load') this.#begun.delete(args[0] as string);
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    this.#child.send({ id, task, args });
    return answer as Promise<T>;
  }

  /** A factory for the key runs, of the last load that was asked for. @returns when it began, epoch milliseconds */
  loading(key: string): Promise<number> {
    const at = this.#begun.get(key);
    if (at !== undefined) return Promise.resolve(at);
    return new Promise((resolve) => this.#loads.set(key, resolve));
  }

  release(key: string, value?: unknown): void {
    this.#child.send({ release: key, value });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exit;
  }

  #hear({ id, answer, failure, loading, at, ready, unhandled }: Said): void {
    if (ready) this.#ready();
    if (unhandled !== undefined) this.unhandled.push(unhandled);
    if (loading !== undefined) {
      this.#begun.set(loading, at!);
      this.#loads.get(loading)?.(at!);
    }
    if (id === undefined) return;
    const waiting = this.#waiting.get(id)!;
    this.#waiting.delete(id);
    if (failure === undefined) waiting.resolve(answer);
    else waiting.reject(new Error(failure));
  }
}
