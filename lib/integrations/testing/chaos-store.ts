import type { TierCleanupReport } from '../../core/model/cache-stats.js';
import type { StoreKey } from '../../core/model/store-key.js';
import { checkAll, isWholeFrom, type Check } from '../../core/option-checks.js';
import { CacheOptionsError } from '../../core/primitives/errors.js';
import type { DurationParts } from '../../core/primitives/ttl.js';
import type { ByteStore, StoredBytes } from '../../core/stores/byte-store.js';
import { clockDurationOf } from './clock-duration.js';
import type { ManualClock } from './manual-clock.js';

/** A method of a byte store. */
export type ByteStoreOperation = Exclude<keyof ByteStore, 'name'>;

/** Which operations a fault befalls. */
export interface FaultOptions {
  /**
   * How many operations it befalls.
   *
   * @default Infinity
   */
  readonly times?: number;
  /**
   * Which operations it befalls.
   *
   * @default all of them
   */
  readonly operations?: readonly ByteStoreOperation[];
}

interface Fault<T> {
  readonly what: T;
  readonly operations: readonly ByteStoreOperation[] | undefined;
  left: number;
}

type Change = (bytes: Uint8Array) => Uint8Array;

interface Faults {
  fail?: Fault<Error> | undefined;
  hang?: Fault<Promise<void>> | undefined;
  delay?: Fault<number> | undefined;
  damage?: Fault<Change> | undefined;
}

/** Bytes with the key they stand under. */
export type StoredEntry = StoredBytes & { readonly key: StoreKey };

const OPERATIONS: Record<ByteStoreOperation, 'read' | 'write'> = {
  get: 'read',
  set: 'write',
  delete: 'write',
  getMany: 'read',
  setMany: 'write',
  clear: 'write',
  prune: 'write',
  ping: 'read',
  close: 'write',
};

const NAMES = Object.keys(OPERATIONS).join(', ');

const FAULT_CHECKS: Record<keyof FaultOptions, Check> = {
  times: (times, option) => {
    if (times === Infinity || isWholeFrom(0, times)) return;
    throw new CacheOptionsError(option, times, 'a whole number from 0, or Infinity');
  },
  operations: (operations, option) => {
    if (!Array.isArray(operations))
      throw new CacheOptionsError(option, operations, `a list of ${NAMES}`);
    for (const [at, operation] of operations.entries()) {
      if (typeof operation === 'string' && Object.hasOwn(OPERATIONS, operation)) continue;
      throw new CacheOptionsError(`${option}[${at}]`, operation, `one of ${NAMES}`);
    }
  },
};

/**
 * A byte store that does what goes wrong with real ones, when it is told to: fails, hangs, is slow, gives
 * back other bytes than it was given. Without a fault it is the store it wraps.
 *
 * A read that is held up has read already, and answers late. A write that is held up has not happened yet,
 * and whatever is called after it waits behind it, as on a connection: no operation overtakes another.
 *
 * @example
 * const clock = new ManualClock();
 * const store = new ChaosStore(new MemoryByteStore(clock), clock);
 * store.fail(new Error('connection reset'), { times: 3 });
 * store.hang({ operations: ['get'] });
 * store.calm();
 */
export class ChaosStore implements ByteStore {
  readonly getMany?: (keys: readonly StoreKey[]) => Promise<(StoredBytes | undefined)[]>;
  readonly setMany?: (entries: readonly StoredEntry[]) => Promise<void>;
  readonly clear?: (category?: string) => Promise<void>;
  readonly prune?: (budgetMs: number) => Promise<TierCleanupReport>;
  readonly ping?: () => Promise<void>;
  readonly close?: () => Promise<void>;
  readonly #store: ByteStore;
  readonly #clock: ManualClock;
  readonly #faults: Faults = {};
  #release: () => void = () => {};
  #held = 0;
  /** When all that was called before has been handed to the store. */
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * @param store what is wrapped: of its optional methods, those it has
   * @param clock what `delay` goes by
   */
  constructor(store: ByteStore, clock: ManualClock) {
    this.#store = store;
    this.#clock = clock;
    if (store.getMany) {
      this.getMany = async (keys) => {
        const change = befalls(this.#faults.damage, 'getMany');
        const found = await this.#run('getMany', () => store.getMany!(keys));
        return found.map((each) => changed(each, change));
      };
    }
    if (store.setMany) {
      this.setMany = (entries) => this.#run('setMany', () => store.setMany!(entries));
    }
    if (store.clear) this.clear = (category) => this.#run('clear', () => store.clear!(category));
    if (store.prune) this.prune = (budgetMs) => this.#run('prune', () => store.prune!(budgetMs));
    if (store.ping) this.ping = () => this.#run('ping', () => store.ping!());
    if (store.close) this.close = () => this.#run('close', () => store.close!());
  }

  get name(): string {
    return this.#store.name;
  }

  /** Operations that hang or are slow at this moment. */
  get held(): number {
    return this.#held;
  }

  /**
   * From now on operations reject, and the wrapped store is not asked.
   *
   * @param error what they reject with: the same one each time
   * @throws CacheOptionsError for options that are none, as every fault does
   */
  fail(error: Error = new Error('the store fails, as it was told'), options?: FaultOptions): void {
    this.#faults.fail = fault(error, options);
  }

  /** From now on operations hang until `release`. */
  hang(options?: FaultOptions): void {
    const { promise, resolve } = gate();
    const hang = fault(promise, options);
    this.release();
    this.#faults.hang = hang;
    this.#release = resolve;
  }

  /** Lets what hangs go on, and nothing hang any more. */
  release(): void {
    this.#release();
    this.#faults.hang = undefined;
  }

  /**
   * From now on operations take so long by the clock: `clock.advance` lets them go on.
   *
   * @param duration milliseconds, words such as `'5s'`, or parts such as `{ seconds: 5 }`
   * @throws CacheOptionsError for a duration that is negative, endless or none
   */
  delay(duration: number | string | DurationParts, options?: FaultOptions): void {
    this.#faults.delay = fault(clockDurationOf(duration, 'delay'), options);
  }

  /**
   * From now on reads give other bytes than were stored. What is stored stays as it is.
   *
   * @param change what becomes of a copy of the bytes; unless given, one bit in the middle is flipped, or
   * a byte is added where there is none
   */
  damage(change: (bytes: Uint8Array) => Uint8Array = flipped, options?: FaultOptions): void {
    this.#faults.damage = fault(change, options);
  }

  /** Ends every fault. What hangs goes on; what is slow still waits for the clock. */
  calm(): void {
    this.release();
    this.#faults.fail = undefined;
    this.#faults.delay = undefined;
    this.#faults.damage = undefined;
  }

  async get(key: StoreKey): Promise<StoredBytes | undefined> {
    const change = befalls(this.#faults.damage, 'get');
    return changed(await this.#run('get', () => this.#store.get(key)), change);
  }

  set(key: StoreKey, bytes: Uint8Array, expiresAt: number): Promise<void> {
    return this.#run('set', () => this.#store.set(key, bytes, expiresAt));
  }

  delete(keys: readonly StoreKey[]): Promise<number> {
    return this.#run('delete', () => this.#store.delete(keys));
  }

  async #run<T>(operation: ByteStoreOperation, ask: () => Promise<T>): Promise<T> {
    const obstacle = this.#obstacle(operation);
    const error = befalls(this.#faults.fail, operation);
    if (obstacle === undefined) {
      await this.#turn;
      if (error !== undefined) throw error;
      return ask();
    }
    this.#held++;
    const ended = obstacle.then(() => {
      this.#held--;
    });
    if (OPERATIONS[operation] === 'write') this.#turn = Promise.all([this.#turn, ended]);
    await this.#turn;
    if (error !== undefined) {
      await ended;
      throw error;
    }
    const answer = await ask();
    await ended;
    return answer;
  }

  /** What keeps the operation from going on, if anything does. */
  #obstacle(operation: ByteStoreOperation): Promise<unknown> | undefined {
    const hang = befalls(this.#faults.hang, operation);
    const delay = befalls(this.#faults.delay, operation);
    if (delay === undefined) return hang;
    return Promise.all([hang, this.#clock.reached(this.#clock.now() + delay)]);
  }
}

/** @throws CacheOptionsError */
function fault<T>(what: T, options: FaultOptions = {}): Fault<T> {
  checkAll(options, FAULT_CHECKS, '');
  const { times = Infinity, operations } = options;
  return { what, operations, left: times };
}

/** The fault, if the operation meets it: it is used up by that. */
function befalls<T>(met: Fault<T> | undefined, operation: ByteStoreOperation): T | undefined {
  if (met === undefined || met.left <= 0) return undefined;
  if (met.operations?.includes(operation) === false) return undefined;
  met.left--;
  return met.what;
}

function changed(found: StoredBytes | undefined, change?: Change): StoredBytes | undefined {
  return found && change ? { ...found, bytes: change(Uint8Array.from(found.bytes)) } : found;
}

function flipped(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(0);
  const middle = bytes.length >> 1;
  bytes[middle] = bytes[middle]! ^ 1;
  return bytes;
}

function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
