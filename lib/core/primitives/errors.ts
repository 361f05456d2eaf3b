import { isDate, isPromise, isProxy } from 'node:util/types';

/**
 * The `code` of every error this package creates.
 *
 * - `CACHE_OPTIONS`: an option, an argument or a key that cannot be used
 * - `CACHE_CLOSED`: the cache was closed while the call was under way
 * - `CACHE_DAMAGED`: what was kept cannot be read any more
 * - `CACHE_LOAD_RING`: a load waits for itself
 * - `CACHE_OVERSIZED`: a value alone is larger than its category may be
 * - `CACHE_SERIALIZATION`: a value that bytes could not give back as it was
 * - `CACHE_STALE`: `preload` could not renew a value, and the stale one was served
 * - `CACHE_TIER`: a tier cannot be used: switched off, or its folder is
 * - `CACHE_TIMEOUT`: a load took longer than `hardTimeout`, or a tier than `operationTimeout`
 * - `CACHE_UNKEYABLE`: arguments of which no key can be made
 */
export type CacheErrorCode =
  | 'CACHE_OPTIONS'
  | 'CACHE_CLOSED'
  | 'CACHE_DAMAGED'
  | 'CACHE_LOAD_RING'
  | 'CACHE_OVERSIZED'
  | 'CACHE_SERIALIZATION'
  | 'CACHE_STALE'
  | 'CACHE_TIER'
  | 'CACHE_TIMEOUT'
  | 'CACHE_UNKEYABLE';

/**
 * Base of every error this package creates. An error of your own (a factory's, say) never becomes
 * one of these: it comes back as it was thrown.
 *
 * @example
 * if (error instanceof CacheError && error.code === 'CACHE_OVERSIZED') { ... }
 */
export class CacheError extends Error {
  override readonly name: string = 'CacheError';

  constructor(
    readonly code: CacheErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An option, an argument or a key that cannot be used. Names the option and shows the value. */
export class CacheOptionsError extends CacheError {
  override readonly name = 'CacheOptionsError';
  /** The value that was refused; a description in words where it may hold a secret. */
  readonly value: unknown;
  readonly #given: unknown;
  readonly #expected: string;

  constructor(
    /** Path of the option, as written in the options object: `categories.quotes.ttl`. */
    readonly option: string,
    value: unknown,
    /** What would have been accepted, as the end of a sentence that starts "must be". */
    expected: string,
  ) {
    super('CACHE_OPTIONS', `${option}: got ${describe(value)}, must be ${expected}`);
    this.value = isDescription(value) ? value.text : value;
    this.#given = value;
    this.#expected = expected;
  }

  /** The same of an option of `where`. @internal */
  within(where: string): CacheOptionsError {
    return new CacheOptionsError(`${where}.${this.option}`, this.#given, this.#expected);
  }
}

/** Does what checks options of `where`: its error names them there. */
export function checkedWithin<T>(where: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw where !== '' && error instanceof CacheOptionsError ? error.within(where) : error;
  }
}

/** A value that a byte tier could not give back as it was: a function, a socket, an instance of a class. */
export class CacheSerializationError extends CacheError {
  override readonly name = 'CacheSerializationError';

  constructor(message: string, options?: ErrorOptions) {
    super('CACHE_SERIALIZATION', message, options);
  }
}

/** A factory has taken longer than `hardTimeout`. */
export class CacheTimeoutError extends CacheError {
  override readonly name = 'CacheTimeoutError';

  constructor(
    /** That of the load. */
    readonly category: string,
    /** Its `hardTimeout`, in milliseconds. */
    readonly timeoutMs: number,
  ) {
    super('CACHE_TIMEOUT', `${category}: a load took longer than its hardTimeout, ${timeoutMs} ms`);
  }
}

/** A tier has not answered in the time it has for an operation. */
export class CacheTierTimeoutError extends CacheError {
  override readonly name = 'CacheTierTimeoutError';

  constructor(
    /** `file` or `remote`. */
    readonly tier: string,
    /** What it was asked to do: `read`, `write`, `remove`, `lease`, `prune` or `close`. */
    readonly operation: string,
    /** Its `operationTimeout`, in milliseconds. */
    readonly timeoutMs: number,
  ) {
    const within = `within its operationTimeout, ${timeoutMs} ms`;
    super('CACHE_TIMEOUT', `the ${tier} tier has not answered ${within} (${operation})`);
  }
}

/** A load that waits for itself, directly or through others. */
export class CacheLoadRingError extends CacheError {
  override readonly name = 'CacheLoadRingError';

  constructor(
    /** The loads in the order in which each waits for the next; the last is the first again. */
    readonly ring: readonly { readonly category: string; readonly key: string }[],
  ) {
    const shown = ring.map(({ category, key }) => `${category} ${describe(key)}`);
    super('CACHE_LOAD_RING', `a load waits for itself: ${shown.join(' -> ')}`);
  }
}

/** Arguments from which no key can be made without the risk of a collision: the call runs uncached. */
export class UnkeyableArgumentError extends CacheError {
  override readonly name = 'UnkeyableArgumentError';

  constructor(what: string) {
    super('CACHE_UNKEYABLE', `${what} cannot be part of a cache key`);
  }
}

/** What ends work that is under way when the cache closes. */
export function closedMeanwhile(): CacheError {
  return new CacheError('CACHE_CLOSED', 'the cache was closed meanwhile');
}

/** Shown in the place of a value, in words: its shape, where it may hold a secret, or what was found instead. */
export class Description {
  constructor(readonly text: string) {}
}

/** Not `instanceof` alone: a revoked proxy cannot be asked for its prototype. */
function isDescription(value: unknown): value is Description {
  return !isProxy(value) && value instanceof Description;
}

/** Shows a value in an error message: short, on one line, and never throws. */
export function describe(value: unknown): string {
  const text = render(value).replaceAll(/\s+/g, ' ');
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function render(value: unknown): string {
  try {
    return textOf(value);
  } catch {
    // To look at it can be to run what its owner wrote: a getter, or a proxy.
    return typeof value === 'function' ? 'a function' : 'an object';
  }
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'bigint':
      return `${value}n`;
    case 'function':
      return value.name === '' ? 'a function' : `the function ${value.name}`;
    case 'object':
      break;
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
  if (isDescription(value)) return value.text;
  if (isDate(value)) return `Date(${value.getTime()})`;
  if (isPromise(value)) return 'a promise';
  return JSON.stringify(value) ?? 'an object';
}

/**
 * What was caught, as an `Error` whose message can be read: a thrown string or `undefined` becomes the cause of one, and
 * so does an error whose message throws. Never throws.
 */
export function asError(thrown: unknown): Error {
  return isReadableError(thrown) ? thrown : new Error(describe(thrown), { cause: thrown });
}

function isReadableError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error && typeof `${thrown.message}` === 'string';
  } catch {
    return false;
  }
}
