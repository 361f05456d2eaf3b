import type { CachedOptions as CoreCachedOptions } from '../core/model/options.js';
import type { ClassRef } from './class-names.js';
import type { CachedOptions } from './decorators/cached.options.js';
import type { Method } from './decorators/method-wrapper.js';

/** Metadata of a method: what `@Cached` knows of it. */
export const CACHED_METHOD = 'nestjs-tiered-cache:cached';

let count = 0;

/** What `@Cached` knows of a method it decorates. One for each decorated method of the process. */
export class CachedMethod {
  /**
   * By which an application finds its function of this method; 0: it has none yet, or the class is made at runtime. Those that
   * are taken are dense.
   */
  index = 0;
  /** Whether a route has led here: only then may a call be one that the interceptor caches. */
  routed = false;
  /** How many calls of it are to come that are a route's own: of requests whose handler has yet to run. */
  awaited = 0;

  constructor(
    readonly declaringClass: ClassRef,
    readonly propertyKey: string | symbol,
    /** The method's name in keys. */
    readonly label: string,
    readonly original: Method,
    readonly options: CachedOptions,
  ) {}

  takeIndex(): void {
    if (this.index === 0) this.index = ++count;
  }

  /** What its options are called in errors. */
  get path(): string {
    return `${this.declaringClass.name}.${String(this.propertyKey)} @Cached`;
  }

  /** The options without those that only routes read. */
  get coreOptions(): CoreCachedOptions {
    const {
      scope: _scope,
      varyBy: _varyBy,
      ignoreQuery: _ignoreQuery,
      allowClientRefresh: _allowClientRefresh,
      ...options
    } = this.options;
    return options;
  }

  markOn(wrapper: Method): void {
    Reflect.defineMetadata(CACHED_METHOD, this, wrapper);
  }

  /** What `@Cached` left on a function, or on one it wraps and whose metadata it shows. */
  static of(method: object): CachedMethod | undefined {
    const left: unknown = Reflect.getMetadata(CACHED_METHOD, method);
    // Another copy of this package leaves its own.
    return left instanceof CachedMethod ? left : undefined;
  }
}
