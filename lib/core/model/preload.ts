import type { Factory, WrapOptions } from './options.js';

/** One value to fill the cache with. */
export interface PreloadEntry<V = unknown> extends WrapOptions<V> {
  key: string;
  factory: Factory<V>;
}

/** Options of `preload`. */
export interface PreloadOptions {
  /** Loads at a time. @default 4 */
  concurrency?: number | undefined;
  /** Begins no more loads, and gives up those under way. @default none */
  signal?: AbortSignal | undefined;
}

/** A value that could not be loaded. */
export interface PreloadFailure {
  readonly key: string;
  readonly category: string;
  readonly error: Error;
}

/** What became of a `preload`. */
export interface PreloadReport {
  /** Loaded now, by this call or another one that was under way. */
  readonly loaded: number;
  /** Fresh already. */
  readonly fresh: number;
  readonly failed: readonly PreloadFailure[];
  /** Not loaded: the signal was aborted, or the cache closed. */
  readonly skipped: number;
  readonly durationMs: number;
}
