import type { CacheService } from '../../../lib/core/cache.service.js';
import type { Factory, WrapOptions } from '../../../lib/core/model/options.js';
import { deferred } from '../../support/deferred.js';

/** One of the ways to load, so that every promise is tested for each of them. */
export interface Loader {
  readonly name: string;
  /** The value, or a rejection with the factory's own error. */
  load<T>(
    cache: CacheService,
    key: string,
    factory: Factory<T>,
    options?: WrapOptions<NoInfer<T>>,
  ): Promise<T>;
}

const WRAP: Loader = {
  name: 'wrap',
  load: (cache, key, factory, options) => cache.wrap(key, factory, options),
};

const GET_OR_SET: Loader = {
  name: 'getOrSet',
  load: async (cache, key, factory, options) => {
    const result = await cache.getOrSet(key, factory, options);
    if (result.success) return result.value;
    throw result.error;
  },
};

const CACHED: Loader = {
  name: 'cached',
  load: async <T>(
    cache: CacheService,
    key: string,
    factory: Factory<T>,
    options?: WrapOptions<T>,
  ) => {
    const fn = (): T | PromiseLike<T> => factory(undefined as never);
    const answering = cache.cached(fn, {
      ...(options as WrapOptions<Awaited<T>>),
      key: () => key,
      name: 'load',
    });
    return (await answering()) as T;
  },
};

export const LOADERS: readonly Loader[] = [WRAP, GET_OR_SET, CACHED];

/** Those whose factory is handed a context. */
export const LOADERS_WITH_CONTEXT: readonly Loader[] = [WRAP, GET_OR_SET];

/** A factory that must not run. */
export function notCalled(): never {
  throw new Error('this factory must not run');
}

/** A load whose factory has begun, and waits. */
export interface BegunLoad {
  readonly loading: Promise<unknown>;
  answer(value: unknown): void;
  fail(): void;
}

/** A load of `key`, tagged `tag` unless the options say otherwise. */
export async function begunLoad(
  cache: CacheService,
  options: WrapOptions<unknown> = { tags: ['tag'] },
): Promise<BegunLoad> {
  const source = deferred();
  const running = deferred<void>();
  const factory = (): Promise<unknown> => {
    running.resolve();
    return source.promise;
  };
  const loading = cache.wrap('key', factory, options);
  await running.promise;
  return { loading, answer: source.resolve, fail: () => source.reject(new Error('down')) };
}
