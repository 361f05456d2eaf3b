import type { Clock } from '../primitives/clock.js';
import type { Ttl } from '../primitives/ttl.js';
import type { CacheLogger } from './logger.js';

/** A tier, nearest first: memory in this process, files on this machine, a server for many. */
export type TierName = 'memory' | 'file' | 'remote';

/** Which entry leaves a full category. */
export type EvictionPolicyName =
  'lru' | 'fifo' | 'lfu' | 'sieve' | 's3-fifo' | 'w-tinylfu' | 'adaptive';

/** What a factory is given, beside the chance to answer. */
export interface LoadContext {
  /** Sets the TTL of the value being loaded; wins over the `ttl` option. */
  setTtl(ttl: Ttl): void;
  /** Sets the tags of the value being loaded; wins over the `tags` option. */
  setTags(tags: readonly string[]): void;
  /** Hands the value to the callers, and does not keep it. */
  skip(): void;
  /**
   * Aborts when nobody wants the value any more: after `hardTimeout`, when every caller has given up,
   * or when the cache is closed during a renewal in the background.
   */
  readonly signal: AbortSignal;
  /** The value that the load replaces, fresh or stale, if it is still there. */
  readonly stale: unknown;
}

/** Computes a value. Runs once for any number of concurrent callers. */
export type Factory<T> = (context: LoadContext) => T | PromiseLike<T>;

/**
 * A function of a loaded value. By way of a method, whose parameters are compared both ways: options that
 * were declared without the value's type are options of every load.
 */
export type FromValue<V, R> = { of(value: V): R }['of'];

/** As `FromValue`, of a call's arguments. */
export type FromArguments<A extends readonly unknown[], R> = { of(...args: A): R }['of'];

/** Options that a load, a category and `@Cached` share. `V` is the type of the value. */
export interface LoadOptions<V = unknown> {
  /**
   * How long the value is fresh: seconds, `'30m'`, `{ hours: 1 }`, a `Date`, `Infinity`, or a
   * function of the value. `0` and a `Date` in the past: do not keep.
   * @default the category's `ttl`, then `defaultTtl`
   */
  ttl?: Ttl | FromValue<V, Ttl> | undefined;
  /** Tiers to use, nearest first. @default the category's, then `['memory']` */
  tiers?: readonly TierName[] | undefined;
  /** Names under which `invalidateTags` finds the value; or a function of the value. @default none */
  tags?: readonly string[] | FromValue<V, readonly string[]> | undefined;
  /** `false` for a value: hand it over, do not keep it. @default everything is kept */
  cacheIf?: FromValue<V, boolean> | undefined;
  /** TTL for `null` and `undefined`. @default `ttl` */
  negativeTtl?: Ttl | undefined;
  /** Each TTL is shortened by a random share up to this, 0 to 1, so that entries set together do not expire together. @default 0 */
  jitter?: number | undefined;
  /**
   * How far "the factory runs once" reaches: this process, or all processes of this machine that
   * share the cache's folder. `'machine'` needs `'file'` among the tiers; that of a category is `'process'`
   * for calls whose own tiers do without. @default 'process'
   */
  lock?: LockScope | undefined;
  /**
   * How long past its TTL a value may be served while one load renews it in the background: a duration
   * in the forms of `ttl`, but no `Date`. @default 0
   */
  staleWhileRevalidate?: Ttl | undefined;
  /**
   * How long past its TTL a value may be served when the factory fails. The source is then left alone
   * for a second. @default 0
   */
  staleIfError?: Ttl | undefined;
  /**
   * A caller that has waited this long gets the stale value, if there is one within
   * `staleWhileRevalidate` or `staleIfError`; the load goes on. @default never
   */
  softTimeout?: Ttl | undefined;
  /** A factory that takes longer fails with a `CacheTimeoutError`, and its signal aborts. @default never */
  hardTimeout?: Ttl | undefined;
  /** 0 to 1: a read past this share of the value's lifetime starts a renewal in the background. @default never */
  refreshAhead?: number | undefined;
}

/** How far "the factory runs once" reaches. */
export type LockScope = 'process' | 'machine';

/**
 * How values become bytes in the tiers below memory. A category's own come before the cache's; `false`
 * switches one off for it.
 */
export interface ByteOptions {
  /**
   * `'v8'` keeps `Date`, `Map`, `Set`, `BigInt`, `Buffer`, `Error`, cycles and the like; `'json'` only what
   * JSON gives back exactly, readable by other programs. @default 'v8'
   */
  serializer?: 'v8' | 'json' | undefined;
  /** Compresses values from a size on, where that makes them smaller. @default false */
  compression?: false | CompressionOptions | undefined;
  /**
   * Encrypts values with AES-256-GCM. Categories, keys and tags stand in clear in the files. An entry
   * that does not decrypt, or is not encrypted, is a miss. @default false
   */
  encryption?: false | EncryptionOptions | undefined;
}

/** Which values to compress, and how. */
export interface CompressionOptions {
  /** Which of those that Node brings. Entries are read back whatever this says by then. */
  algorithm: 'brotli' | 'gzip';
  /** Values from this many bytes on: a number, or `'4kb'` (`b`, `kb`, `mb`, `gb`: units of 1,024). @default '4kb' */
  threshold?: number | string | undefined;
}

/** The keys of the encryption. */
export interface EncryptionOptions {
  /**
   * The first key encrypts, all decrypt: a new key goes in front of the old one. Each is 32 bytes, as
   * a `Uint8Array` (which is copied), as 64 hexadecimal digits (`openssl rand -hex 32`), or in base64.
   */
  keys: readonly (string | Uint8Array)[];
}

/** Options of `wrap` and `getOrSet`. */
export interface WrapOptions<V = unknown> extends LoadOptions<V> {
  /** Where the key belongs. @default 'default' */
  category?: string | undefined;
  /** Load even if there is a fresh value. Calls made in one go share a run. @default false */
  forceRefresh?: boolean | undefined;
  /**
   * This caller gives up: the call fails at once with the signal's reason. The load itself is aborted
   * when all its callers have given up. @default none
   */
  signal?: AbortSignal | undefined;
}

/** Options of `cached` (and, through it, of `@Cached`). */
export interface CachedOptions<
  V = unknown,
  A extends readonly unknown[] = readonly unknown[],
> extends WrapOptions<V> {
  /** Shorthand for `tiers: ['memory', 'file']`; `false` leaves the tiers to the category. @default false */
  useFileCache?: boolean | undefined;
  /** Replaces the default key, which is made of the function's name and all its arguments. */
  key?: FromArguments<A, string> | undefined;
  /** First part of the default key. @default the function's name; for a method `Class.method` */
  name?: string | undefined;
}

/** Which category a call to one tier is about. */
export interface TierAddressOptions {
  /** Where the key belongs. @default 'default' */
  category?: string | undefined;
}

/** Which category a call is about, and which tiers. */
export interface AddressOptions extends TierAddressOptions {
  /** Tiers that the call is about. @default the category's */
  tiers?: readonly TierName[] | undefined;
}

/** Options of `set` and `setMany`. Those of loads (`staleIfError`, `cacheIf`, ...) do nothing here. */
export interface SetOptions extends AddressOptions {
  /** How long the value is fresh, in the forms of every TTL; 0 and a `Date` in the past: it is not kept. @default the category's `ttl`, then `defaultTtl` */
  ttl?: Ttl | undefined;
  /** Names under which `invalidateTags` finds the value. @default none */
  tags?: readonly string[] | undefined;
}

/** One entry of `setMany`. */
export interface SetEntry {
  key: string;
  value: unknown;
  /** How long the value is fresh. @default the call's, then the category's `ttl`, then `defaultTtl` */
  ttl?: Ttl | undefined;
  /** Names under which `invalidateTags` finds the value. @default the call's */
  tags?: readonly string[] | undefined;
}

/** Limits, TTL and policy of one category; every load option can be set here for all its loads. */
export interface CategoryOptions extends LoadOptions, ByteOptions {
  /** Entries kept in memory. @default `maxEntriesPerCategory` */
  maxEntries?: number | undefined;
  /** Estimated bytes kept in memory: a number, or `'64mb'` (`b`, `kb`, `mb`, `gb`: units of 1,024). @default `maxBytesPerCategory` */
  maxBytes?: number | string | undefined;
  /** What leaves the category when it is full. @default the cache's `evictionPolicy` */
  evictionPolicy?: EvictionPolicyName | undefined;
}

/** The file tier: values that survive a restart. `ByteOptions` mean here what they mean for the whole cache. */
export interface FileTierOptions extends ByteOptions {
  /**
   * Several processes may share it. A folder that is another user's, writable by everyone, or a
   * symbolic link is refused. @default '.cache' under the working directory, made on first use
   */
  directory?: string | undefined;
  /** File operations at a time. @default 3 */
  concurrency?: number | undefined;
  /** Files kept of each category, least recently used first to go. @default as in memory */
  maxEntriesPerCategory?: number | undefined;
  /** Bytes of files kept of each category, or `'1gb'` (units of 1,024). @default as in memory */
  maxBytesPerCategory?: number | string | undefined;
  /**
   * What one operation may take once those before it are through: a duration in the forms of `ttl`, but
   * no `Date`. A read that takes longer is an error, and the next tier or the factory answers; `Infinity`:
   * as long as the disk takes. @default '5s'
   */
  operationTimeout?: Ttl | undefined;
  /** When a disk that does not answer is left alone; `false`: never. @default { failures: 3, pause: '10s' } */
  breaker?: false | BreakerOptions | undefined;
}

/** When a tier is left alone, because waiting for it each time would cost more than doing without it. */
export interface BreakerOptions {
  /** Operations in a row that took longer than `operationTimeout`. @default 3 */
  failures?: number | undefined;
  /** For how long: then one operation tries it. A duration in the forms of `ttl`, but no `Date`. @default '10s' */
  pause?: Ttl | undefined;
}

/** Options of `createCache`. Each can be left out. */
export interface CacheOptions extends ByteOptions {
  /** `false`: every call runs uncached, with the reason `disabled`. @default true */
  enabled?: boolean | undefined;
  /** How long values are fresh where neither the call nor its category says. @default 3600 (seconds) */
  defaultTtl?: Ttl | undefined;
  /** Entries kept in memory of each category; `Infinity`: no limit. @default 1000 */
  maxEntriesPerCategory?: number | undefined;
  /** Estimated bytes kept in memory of each category, or `'64mb'` (units of 1,024). @default no limit */
  maxBytesPerCategory?: number | string | undefined;
  /** What leaves a full category. @default 'lru' */
  evictionPolicy?: EvictionPolicyName | undefined;
  /** Options by category name. A category that is not named here has the defaults. @default {} */
  categories?: Record<string, CategoryOptions> | undefined;
  /** The file tier; `false`: none. Nothing is on disk until a call uses it. @default {} */
  file?: false | FileTierOptions | undefined;
  /** When to remove what has expired, as a cron expression; `false`: never. @default { cron: '0 0-23/1 * * *' }, every hour */
  cleanup?: false | { cron?: string | undefined } | undefined;
  /** `'all'`: measure `durationMs` on pure memory answers too. @default 'io' */
  timings?: 'io' | 'all' | undefined;
  /**
   * Where warnings go. But one: that a TTL looks like milliseconds is a warning of the process (`CACHE_TTL_LOOKS_LIKE_MS`).
   * @default the console; in Nest, the Nest logger
   */
  logger?: CacheLogger | undefined;
  /** The time. Tests pass a `ManualClock` of `nestjs-tiered-cache/testing`. @default the system's */
  clock?: Clock | undefined;
}
