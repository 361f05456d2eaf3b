import { resolve } from 'node:path';
import { BYTE_CHECKS } from './byte-options.js';
import { timeoutMsOf } from './loading/freshness.js';
import type {
  BreakerOptions,
  CacheOptions,
  CategoryOptions,
  FileTierOptions,
} from './model/options.js';
import type { ResolvedFileOptions } from './model/resolved-options.js';
import { checkByteSize, checkEntries, isWholeFrom, orFalse, type Check } from './option-checks.js';
import { parseByteSize } from './primitives/byte-size.js';
import { CacheOptionsError } from './primitives/errors.js';
import { durationMsOf } from './primitives/ttl.js';

/** Under the working directory. */
export const DEFAULT_DIRECTORY = '.cache';

/** The thread pool that files are read on has four threads, and others need one. */
const DEFAULT_CONCURRENCY = 3;

const DEFAULT_TIMEOUT_MS = 5000;
const DEFAULT_FAILURES = 3;
const DEFAULT_PAUSE_MS = 10_000;

const checkTimeout: Check = (value, option) => void timeoutMsOf(value, option);

const checkCount: Check = (value, option) => {
  if (!isWholeFrom(1, value)) throw new CacheOptionsError(option, value, 'a whole number from 1');
};

const BREAKER_CHECKS: Record<keyof BreakerOptions, Check> = {
  failures: checkCount,
  pause: checkTimeout,
};

const FILE_CHECKS: Record<keyof FileTierOptions, Check> = {
  ...BYTE_CHECKS,
  directory: (value, option) => {
    if (typeof value === 'string' && value !== '' && !value.includes('\0')) return;
    throw new CacheOptionsError(option, value, 'the path of a folder');
  },
  concurrency: checkCount,
  maxEntriesPerCategory: checkEntries,
  maxBytesPerCategory: checkByteSize,
  operationTimeout: checkTimeout,
  breaker: orFalse(BREAKER_CHECKS),
};

export const checkFile: Check = orFalse(FILE_CHECKS);

/** @param limitsInMemory those that a category has where `file` names none */
export function resolveFile(
  { file = {} }: CacheOptions,
  limitsInMemory: (category: string) => { maxEntries: number; maxBytes: number },
): ResolvedFileOptions | undefined {
  if (file === false) return undefined;
  const { maxEntriesPerCategory, maxBytesPerCategory } = file;
  const bytes =
    maxBytesPerCategory === undefined
      ? undefined
      : parseByteSize(maxBytesPerCategory, 'file.maxBytesPerCategory');
  return {
    directory: resolve(file.directory ?? DEFAULT_DIRECTORY),
    concurrency: file.concurrency ?? DEFAULT_CONCURRENCY,
    patience: tierPatienceOf(file),
    limitsOf: (category) => {
      const { maxEntries, maxBytes } = limitsInMemory(category);
      return { maxEntries: maxEntriesPerCategory ?? maxEntries, maxBytes: bytes ?? maxBytes };
    },
  };
}

function tierPatienceOf({
  operationTimeout,
  breaker = {},
}: FileTierOptions): ResolvedFileOptions['patience'] {
  const timeoutMs =
    operationTimeout === undefined
      ? DEFAULT_TIMEOUT_MS
      : durationMsOf(operationTimeout, 'file.operationTimeout');
  if (breaker === false) return { timeoutMs, failures: Infinity, pauseMs: 0 };
  const { failures = DEFAULT_FAILURES, pause } = breaker;
  const pauseMs =
    pause === undefined ? DEFAULT_PAUSE_MS : durationMsOf(pause, 'file.breaker.pause');
  return { timeoutMs, failures, pauseMs };
}

/** @throws CacheOptionsError for categories that use a tier which is switched off */
export function checkFileIsThere(
  file: CacheOptions['file'],
  categories: Iterable<[string, CategoryOptions]>,
): void {
  if (file !== false) return;
  for (const [name, { tiers }] of categories) {
    if (tiers?.includes('file') !== true) continue;
    const option = `categories.${name}.tiers`;
    throw new CacheOptionsError(option, tiers, "without 'file': the option `file` is false");
  }
}
