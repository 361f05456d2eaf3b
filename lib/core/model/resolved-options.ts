import type { Clock } from '../primitives/clock.js';
import type { Ttl } from '../primitives/ttl.js';
import type { CacheLogger } from './logger.js';
import type { EvictionPolicyName, LoadOptions, TierName } from './options.js';

/** How entries become bytes. */
export interface ResolvedCodecOptions {
  readonly serializer: 'v8' | 'json';
  readonly compression?:
    { readonly algorithm: 'brotli' | 'gzip'; readonly threshold: number } | undefined;
  /** 32 bytes each. The first encrypts, all decrypt. Empty: no encryption. */
  readonly encryptionKeys: readonly Uint8Array[];
}

/** A category's options with nothing left open. */
export interface ResolvedCategoryOptions {
  /** Defaults of the category's loads. */
  readonly load: LoadOptions;
  /** TTL of a call that names none. */
  readonly ttl: Ttl;
  /** When a value set `now` with that TTL expires; epoch milliseconds. */
  readonly expiryFrom: (now: number) => number;
  /** The TTL in milliseconds where no more need be known of a value than that: it stays no longer, and has no weight. Else 0. */
  readonly plainTtlMs: number;
  /** How long past its TTL a value stays that a write puts there without more ado. */
  readonly keptStaleMs: number;
  readonly tiers: readonly TierName[];
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly evictionPolicy: EvictionPolicyName;
  readonly codec: ResolvedCodecOptions;
}

/** The file tier's options with nothing left open. */
export interface ResolvedFileOptions {
  /** Absolute. */
  readonly directory: string;
  readonly concurrency: number;
  readonly patience: {
    readonly timeoutMs: number;
    readonly failures: number;
    readonly pauseMs: number;
  };
  limitsOf(category: string): { readonly maxEntries: number; readonly maxBytes: number };
}

/** A cache's options with nothing left open. */
export interface ResolvedOptions {
  readonly enabled: boolean;
  /** Cron expression, or false for none. */
  readonly cleanup: string | false;
  /** Whether pure memory answers are timed. */
  readonly timeMemory: boolean;
  readonly logger: CacheLogger;
  readonly clock: Clock;
  /** Undefined: there is no file tier. */
  readonly file: ResolvedFileOptions | undefined;
  /** Options of a category, whether it was named or not. */
  category(name: string): ResolvedCategoryOptions;
}
