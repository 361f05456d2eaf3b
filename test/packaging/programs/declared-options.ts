import {
  type CachedOptions as DecoratorOptions,
  type CachedFunctionOptions,
  type CacheOptions,
} from 'nestjs-tiered-cache';
import {
  createCache,
  type CachedOptions,
  type PreloadEntry,
  type WrapOptions,
} from 'nestjs-tiered-cache/core';

interface User {
  readonly id: string;
  readonly seconds: number;
}

declare const load: (id: string) => Promise<User>;
const cache = createCache();

// Options that were declared before it was known what they are for.
const short: WrapOptions = { ttl: '5m', category: 'users' };
export const wrapped: Promise<User> = cache.wrap('k', () => load('1'), short);
export const got = cache.getOrSet('k', () => load('1'), short);
export const loadUser = (id: string, options?: WrapOptions): Promise<User> =>
  cache.wrap(id, () => load(id), options);
const ofUsers: WrapOptions = { ttl: (user: User) => user.seconds, tags: (user: User) => [user.id] };
export const byValue: Promise<User> = cache.wrap('k', () => load('1'), ofUsers);
export const narrowing: WrapOptions = { cacheIf: (value) => !Array.isArray(value) };
export const noList: CacheOptions = {
  categories: {
    lists: { cacheIf: (value) => value !== undefined, ttl: (user: User) => user.seconds },
  },
};

const kept: CachedOptions = { ttl: '5m', key: (id: string) => id };
export const cached: typeof load = cache.cached(load, kept);
const decorated: DecoratorOptions = { ttl: '5m', key: (id: string) => id };
export const asDecorated: typeof load = cache.cached(load, decorated);
export const typed: CachedFunctionOptions<User, [string]> = { key: (id) => id };
export const asTyped: typeof load = cache.cached(load, typed);

// Those of a call know its value.
export const inline: Promise<User> = cache.wrap('k', () => load('1'), {
  ttl: (user) => user.seconds,
  tags: (user) => [user.id],
  cacheIf: ({ id }) => id !== '',
});
export const ofCall: typeof load = cache.cached(load, {
  ttl: (user) => user.seconds,
  key: (id) => id.trim(),
});
export const preloaded = cache.preload([
  { key: 'a', factory: () => load('1'), ttl: (user) => user.seconds },
  { key: 'b', factory: async () => 5, tags: (number) => [number.toFixed()] },
]);
export const fromList = cache.preload(
  ['1', '2'].map((key) => ({ key, factory: () => load(key) })),
  { concurrency: 1 },
);
export const fromSet = cache.preload(
  new Set([{ key: 'a', factory: () => load('1'), tags: (user: User) => [user.id] }]),
);
declare const entries: readonly PreloadEntry[];
export const fromEntries = cache.preload(entries);

const ofNumbers: WrapOptions<number> = { ttl: (seconds) => seconds };
// @ts-expect-error: the value is no number
export const otherValue = cache.wrap('k', () => load('1'), ofNumbers);
// @ts-expect-error: a user has no such property
export const noProperty = cache.wrap('k', () => load('1'), { ttl: (user) => user.age });
// @ts-expect-error: the argument is no number
export const otherArgument = cache.cached(load, { key: (id: number) => `${id}` });
// @ts-expect-error: there is no such option
export const noOption = cache.preload([{ key: 'a', factory: () => load('1'), nope: 1 }]);

// In a helper that is generic itself, as `wrap` takes its own.
export const remember = <A extends unknown[], R>(
  fn: (...args: A) => Promise<R>,
  options: CachedFunctionOptions,
): ((...args: A) => Promise<R>) => cache.cached(fn, options);
export const rememberTyped = <A extends unknown[], R>(
  fn: (...args: A) => Promise<R>,
  options: CachedFunctionOptions<R, A>,
): ((...args: A) => Promise<R>) => cache.cached(fn, options);
export const rememberAny = <F extends (...args: never[]) => unknown>(
  fn: F,
  options: CachedFunctionOptions,
): F => cache.cached(fn, options);
declare const ofNumber: CachedFunctionOptions<User, [number]>;
// @ts-expect-error: the argument is no number
export const otherArguments = cache.cached(load, ofNumber);
