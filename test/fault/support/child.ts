import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { User } from './user.js';

export interface ChildOptions {
  readonly args?: readonly string[];
  /** Whose process it is; the test's own user unless told. */
  readonly user?: User;
  /** How many file handles it may have (`ulimit -n`). */
  readonly handles?: number;
}

/** What a process came to. */
export interface Ended {
  /** Its exit code, or the signal that ended it. */
  readonly with: number | string | null;
  readonly stdout: string;
  /** Empty unless something went wrong: a rejection nobody handled, a warning of Node's. */
  readonly stderr: string;
}

const running = new Set<Child>();

/** A program of `test/fault/children`, in a process of its own. */
export class Child {
  readonly #process: ChildProcess;
  readonly #ended: Promise<Ended>;
  readonly #endedEarly: Promise<never>;
  #stdout = '';
  #stderr = '';

  constructor(program: string, { args = [], user = {}, handles }: ChildOptions = {}) {
    const path = join('test/fault/children', program);
    const limited =
      handles === undefined
        ? { execArgv: [] }
        : {
            execPath: '/bin/sh',
            execArgv: ['-c', `ulimit -n ${handles}; exec "$0" "$@"`, process.execPath],
          };
    this.#process = fork(path, args, {
      ...limited,
      ...user,
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const { stdout, stderr } = this.#process;
    stdout!.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    stderr!.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    running.add(this);
    // Not the event `close` of the process: after a `disconnect` it does not come.
    const closed = [stdout!, stderr!].map((stream) => once(stream, 'close'));
    this.#ended = Promise.all([once(this.#process, 'exit'), ...closed]).then(([[code, signal]]) => {
      running.delete(this);
      const how = (signal ?? code) as number | string | null;
      return { with: how, stdout: this.#stdout, stderr: this.#stderr };
    });
    this.#endedEarly = this.#ended.then((ended): never => {
      throw new Error(`the process ended too early: ${JSON.stringify(ended)}`);
    });
    this.#endedEarly.catch(() => {});
  }

  /** Rejects when it ends: for whoever waits for something else. */
  get endedEarly(): Promise<never> {
    return this.#endedEarly;
  }

  /** How it ends; never rejects. */
  get ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Calls back with what it sends. */
  hear(listener: (message: unknown) => void): void {
    this.#process.on('message', listener);
  }

  /** The first message that is wanted. Rejects if the process ends before it comes. */
  message<T>(wanted: (message: T) => boolean): Promise<T> {
    const heard = new Promise<T>((resolve) => {
      this.hear((message) => {
        if (wanted(message as T)) resolve(message as T);
      });
    });
    return Promise.race([heard, this.#endedEarly]);
  }

  send(message: object): void {
    this.#process.send(message);
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#process.kill(signal);
  }

  /** It has nothing more to do, and is to end by itself. @throws unless it ends well and silently */
  async finish(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    const ended = await this.#ended;
    if (ended.with === 0 && ended.stderr === '') return;
    throw new Error(`the process ended badly: ${JSON.stringify(ended)}`);
  }
}

/** For the end of a test: none that has failed leaves a process behind. */
export async function killChildren(): Promise<void> {
  await Promise.all(
    [...running].map((child) => {
      child.kill();
      return child.ended;
    }),
  );
}
