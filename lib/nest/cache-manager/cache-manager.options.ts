import { checkTiers } from '../../core/call-options.js';
import type { AddressOptions } from '../../core/model/options.js';
import { checkAll, checkString, type Check } from '../../core/option-checks.js';
import { CacheOptionsError } from '../../core/primitives/errors.js';

/** Options of `provideCacheManager`, and of a `CacheManagerAdapter`. Each can be left out. */
export interface CacheManagerOptions extends AddressOptions {
  /** TTL of what is set without one, in milliseconds; `0`: for ever. @default the category's */
  ttl?: number | undefined;
  /** `wrap` renews in the background what has fewer milliseconds left than this. @default never */
  refreshThreshold?: number | undefined;
}

const checkMs: Check = (value, option) => {
  if (typeof value === 'number' && value >= 0) return;
  throw new CacheOptionsError(option, value, 'a number of milliseconds, 0 or more');
};

const CHECKS: Record<keyof CacheManagerOptions, Check> = {
  category: checkString,
  tiers: checkTiers,
  ttl: checkMs,
  refreshThreshold: checkMs,
};

/** @throws CacheOptionsError naming the option under `where` */
export function checkCacheManagerOptions(options: CacheManagerOptions, where: string): void {
  checkAll(options, CHECKS, where);
}

/** Options of the adapter's `wrap`, in milliseconds. */
export interface CacheManagerWrapOptions<T> {
  /** `0`: for ever. @default the adapter's */
  ttl?: number | ((value: T) => number) | undefined;
  /** @default the adapter's */
  refreshThreshold?: number | ((value: T) => number) | undefined;
}

/** Computes the value of the adapter's `wrap`. */
export type CacheManagerLoad<T> = () => T | Promise<T>;

/** What `wrap` gives with `raw: true`. */
export interface RawValue<T> {
  value: T;
  /** Epoch milliseconds; none: never. */
  expires?: number | undefined;
}

/** An entry of the adapter's `mset`. */
export interface CacheManagerEntry<T> {
  key: string;
  value: T;
  /** Milliseconds; `0`: for ever. @default the adapter's */
  ttl?: number;
}

/**
 * What the adapter's listeners are called with; `error` where it failed. As there, `ttl` and `mdel`
 * are emitted too, and are not in the types.
 */
export interface CacheManagerEvents {
  /** A hit, or a failure; not a miss. */
  get: <T>(data: { key: string; value?: T; error?: unknown }) => void;
  mget: <T>(data: { keys: string[]; values?: (T | undefined)[]; error?: unknown }) => void;
  set: <T>(data: { key: string; value: T; error?: unknown }) => void;
  mset: <T>(data: { list: CacheManagerEntry<T>[]; error?: unknown }) => void;
  del: (data: { key: string; error?: unknown }) => void;
  clear: (error?: unknown) => void;
  /** `wrap` has renewed a value in the background, or has failed to. */
  refresh: <T>(data: { key: string; value: T; error?: unknown }) => void;
}
