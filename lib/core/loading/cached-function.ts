import { types } from 'node:util';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CacheLogger } from '../model/logger.js';
import type { CachedOptions } from '../model/options.js';
import { ignoreRejection } from '../primitives/at-once.js';
import { canonicalKey } from '../primitives/canonical-key.js';
import { asError, CacheOptionsError, UnkeyableArgumentError } from '../primitives/errors.js';
import type { Category } from '../stack/category.js';
import { UNSEEN } from '../stores/memory/key-table.js';
import type { LoadPlan } from './load-plan.js';
import { valueOf } from './load-outcome.js';
import type { ReadThrough } from './read-through.js';
import { ShortCalls } from './short-calls.js';

export type AnyFunction = (this: unknown, ...args: never[]) => unknown;

/** A function with its `this` and its arguments as values: calling it makes no second list of them. */
export type Invocation = (self: unknown, args: never[]) => unknown;

interface Made {
  /** For callers that have the arguments as a list already. */
  readonly invoke: Invocation;
  /** The key of its entry; undefined if none can be made. */
  readonly keyOf: (self: unknown, args: readonly unknown[]) => string | undefined;
}

/** The slot of what is not in memory. */
const NOWHERE = -1;

/** What `cachedFunction` made, by the function and by its invocation. */
const made = new WeakMap<object, Made>();

export function invocationOf(fn: AnyFunction): Invocation {
  return made.get(fn)?.invoke ?? ((self, args) => fn.apply(self, args));
}

/** Has another invocation known by the keys of the one that it calls. */
export function keyedAs(invocation: Invocation, called: Invocation): Invocation {
  const record = made.get(called);
  if (record !== undefined) made.set(invocation, record);
  return invocation;
}

export interface CachedFunctionParts {
  readonly category: Category;
  readonly plan: LoadPlan;
  readonly loads: ReadThrough;
  readonly logger: CacheLogger;
  /** First part of the default key. */
  readonly name: string;
  /** False when the cache is switched off or closed. */
  readonly working: () => boolean;
}

/** What a function gives, as far as is known: what is in memory must be handed out in the same way. */
type Manner = 'unknown' | 'synchronous' | 'promise';

/** By the function itself: another wrapper of it may find its entries before it has ever run it. */
const manners = new WeakMap<AnyFunction, Manner>();

/** The key of a call of a function made by `cachedFunction`; undefined for another, or if none can be made. */
export function keyOfCall(fn: object, self: unknown, args: readonly unknown[]): string | undefined {
  return made.get(fn)?.keyOf(self, args);
}

function mannerOf(fn: AnyFunction): Manner {
  return manners.get(fn) ?? (fn.constructor.name === 'AsyncFunction' ? 'promise' : 'unknown');
}

/**
 * A function that answers from the cache: with memory alone a synchronous one stays synchronous, one
 * that gives promises gives promises. Which it is shows at its first call. With tiers below memory all give
 * promises, uncached calls too. Where no key can be made, the call runs uncached: a wrong key would be a wrong answer.
 */
export function cachedFunction<F extends AnyFunction>(
  fn: F,
  options: CachedOptions,
  parts: CachedFunctionParts,
): F {
  const { category, plan, loads, name } = parts;
  const { memory } = category;
  const inMemory = plan.selection.memory && !plan.forceRefresh;
  const shortCalls =
    inMemory && options.key === undefined ? new ShortCalls(name, memory) : undefined;
  // What may be on disk is waited for, and then all is: whether it is there must not decide what a caller gets.
  const goesBelow = plan.selection.lower.length > 0;
  const ownManner = mannerOf(fn);
  let manner: Manner = goesBelow ? 'promise' : ownManner;
  const renewsAhead = plan.refreshAhead !== undefined;
  let told = false;

  function textOf(args: readonly unknown[]): string {
    return `${name}(${canonicalKey(args)})`;
  }

  function keyOf(self: unknown, args: readonly unknown[]): string | undefined {
    try {
      if (options.key === undefined) return textOf(args);
      const key: unknown = options.key.apply(self, args as never[]);
      if (typeof key === 'string') return key;
      ignoreRejection(key);
      throw new CacheOptionsError(`${name} key`, key, 'a string');
    } catch (thrown) {
      const error = asError(thrown);
      if (error instanceof CacheOptionsError) throw error;
      if (!told) parts.logger.warn(`${name} ran uncached: ${whyNoKey(error, options)}`);
      told = true;
      return undefined;
    }
  }

  function inItsManner(value: unknown): unknown {
    return manner === 'promise' ? Promise.resolve(value) : inNoPromise(value);
  }

  function inNoPromise(value: unknown): unknown {
    if (manner === 'unknown') manner = mannerOf(fn);
    return manner === 'promise' ? Promise.resolve(value) : value;
  }

  /** A renewal of what may be synchronous: nobody who reads waits for it. */
  function inTime(run: () => unknown): () => unknown {
    return (goesBelow ? ownManner : manner) === 'promise' ? run : () => nextTurn().then(run);
  }

  const invoke: Invocation = (self, args) => {
    if (!parts.working()) return uncached(self, args);
    if (shortCalls === undefined) return invokeByKey(self, args);
    const slot = shortCalls.find(args);
    if (slot >= 0 && !renewsAhead) return inItsManner(memory.valueAt(slot));
    return invokeAnyway(slot, self, args);
  };

  /** @param slot of a value that is to be renewed; or what else is known */
  function invokeAnyway(slot: number, self: unknown, args: never[]): unknown {
    return slot === UNSEEN ? invokeByKey(self, args) : answered(textOf(args), slot, self, args);
  }

  function uncached(self: unknown, args: never[]): unknown {
    const answer = goesBelow ? promised(() => fn.apply(self, args)) : fn.apply(self, args);
    return loads.handOver({ category, plan }, answer);
  }

  function invokeByKey(self: unknown, args: never[]): unknown {
    let key: string | undefined;
    try {
      key = keyOf(self, args);
    } catch (error) {
      if (manner === 'promise') return Promise.reject(error as Error);
      throw error;
    }
    if (key === undefined) return uncached(self, args);
    return answered(key, inMemory ? find(key, args) : NOWHERE, self, args);
  }

  function find(key: string, args: readonly unknown[]): number {
    return shortCalls === undefined ? memory.find(key) : shortCalls.findByKey(key, args);
  }

  /** @param slot where the fresh value is; negative: none is in memory */
  function answered(key: string, slot: number, self: unknown, args: never[]): unknown {
    const run = (): unknown => fn.apply(self, args);
    if (slot >= 0) {
      const value = memory.valueAt(slot);
      if (renewsAhead) loads.refreshAhead({ category, key, factory: inTime(run), plan });
      return inItsManner(value);
    }
    const joins = manner !== 'synchronous' && loads.loading(category, key);
    const refreshes = manner === 'promise' && plan.forceRefresh;
    if (joins || refreshes || goesBelow) {
      return loads.load({ category, key, factory: run, plan }).then(valueOf);
    }
    const old = loads.serveOld({ category, key, factory: inTime(run), plan });
    if (old !== undefined) return inItsManner(old.value);
    if (manner === 'promise' && loads.isDeep) {
      return Promise.resolve().then(() => invokeByKey(self, args));
    }
    const isSynchronous = manner === 'synchronous';
    let value: unknown;
    try {
      value = loads.loadSync({ category, key, factory: run, plan }, isSynchronous);
    } catch (thrown) {
      if (manner === 'promise') return Promise.reject(thrown as Error);
      throw thrown;
    }
    // Once seen to give promises, a function is taken to give them always.
    const shown = types.isPromise(value) ? 'promise' : 'synchronous';
    if (shown !== manner && manner !== 'promise') manners.set(fn, (manner = shown));
    return value;
  }
  const answer = function (this: unknown, ...args: never[]): unknown {
    return invoke(this, args);
  };
  const record: Made = { invoke, keyOf };
  made.set(answer, record);
  made.set(invoke, record);
  Object.defineProperty(answer, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(answer, 'length', { value: fn.length, configurable: true });
  return answer as F;
}

async function promised(run: () => unknown): Promise<unknown> {
  return run();
}

function whyNoKey(error: Error, { key }: CachedOptions): string {
  if (error instanceof UnkeyableArgumentError) return `${error.message}; give it a \`key\` option`;
  if (key !== undefined) return `its key function threw ${error.message}`;
  return `reading its arguments threw ${error.message}; give it a \`key\` option`;
}
