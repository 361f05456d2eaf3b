import type { CacheOptions, CacheResult, CacheStats, WrapOptions } from 'nestjs-tiered-cache/core';
import { deferred, type Deferred } from '../../support/deferred.js';
import { Child, type ChildOptions } from './child.js';

/** What of an error comes through a message. */
export interface ToldError {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

export type ToldResult = Omit<CacheResult<unknown>, 'error'> & { readonly error?: ToldError };

interface LoadCall extends WrapOptions {
  /** The factory waits for `release`. */
  readonly hold?: boolean;
  /** The factory throws. */
  readonly fail?: boolean;
}

interface Told {
  readonly id?: number;
  /** The key that a factory of `load` runs for. */
  readonly loading?: string;
  readonly ready?: boolean;
  readonly answer?: unknown;
  readonly failure?: string;
}

/** A cache in another process. */
export class CacheProcess {
  /** The keys that factories of `load` have run for. */
  readonly loads: string[] = [];
  readonly #child: Child;
  readonly #open = new Map<number, (told: Told) => void>();
  readonly #begun = new Map<string, Deferred<void>>();
  #asked = 0;

  private constructor(child: Child) {
    this.#child = child;
    child.hear((message) => {
      const told = message as Told;
      if (told.loading !== undefined) {
        this.loads.push(told.loading);
        this.#begun.get(told.loading)!.resolve();
      }
      this.#open.get(told.id ?? 0)?.(told);
    });
  }

  static async open(options: CacheOptions, how?: ChildOptions): Promise<CacheProcess> {
    const child = new Child('cache-process.mjs', how);
    await child.message<Told>(({ ready }) => ready === true);
    const opened = new CacheProcess(child);
    await opened.#ask('open', options);
    return opened;
  }

  /** `get`, `file.getSync`, `invalidateTags`: any method by name, with what it resolves to. Rejects if it rejects. */
  call<T = ToldResult>(method: string, ...args: readonly unknown[]): Promise<T> {
    return this.#ask<T>('call', method, ...args);
  }

  /** So many calls of `wrap` at once, with a factory that gives the value. Rejects if one of them does. */
  wrap(
    key: string,
    value: unknown,
    options: WrapOptions = {},
    callers = 1,
  ): Promise<{ loads: number; values: unknown[] }> {
    return this.#ask('wrap', key, value, options, callers);
  }

  /** One caller of `getOrSet`, with a factory that gives the value. */
  load(key: string, value: unknown, options: LoadCall = {}): Promise<ToldResult> {
    this.#begun.set(key, deferred());
    return this.#ask('load', key, value, options);
  }

  /** Until a factory runs of the last load of the key. */
  loading(key: string): Promise<void> {
    return this.#begun.get(key)!.promise;
  }

  /** Lets the factory go that is held. */
  release(key: string): Promise<void> {
    return this.#ask('release', key);
  }

  stats(): Promise<CacheStats> {
    return this.call<CacheStats>('getStats');
  }

  /** What was logged since this was last asked. */
  log(): Promise<string[]> {
    return this.#ask('log');
  }

  /** Closes the cache and sees the process end well. */
  async close(): Promise<void> {
    await this.#ask('close');
    await this.#child.finish();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    this.#child.kill();
    await this.#child.ended;
  }

  async #ask<T>(task: string, ...args: readonly unknown[]): Promise<T> {
    const id = ++this.#asked;
    const told = new Promise<Told>((resolve) => {
      this.#open.set(id, resolve);
    });
    this.#child.send({ id, task, args });
    const { answer, failure } = await Promise.race([told, this.#child.endedEarly]);
    this.#open.delete(id);
    if (failure !== undefined) throw new Error(failure);
    return answer as T;
  }
}
