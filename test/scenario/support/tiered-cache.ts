import type { CacheService } from '../../../lib/core/cache.service.js';
import type { CacheOptions, TierName } from '../../../lib/core/model/options.js';
import type { ManualClock } from '../../../lib/testing.js';
import { cacheFolders, type CacheFolder } from './cache-folder.js';
import { deferred, type Deferred } from '../../support/deferred.js';

/** Every combination of the tiers of this version. */
export const TIERS: readonly [string, TierName[]][] = [
  ['memory', ['memory']],
  ['file', ['file']],
  ['memory and file', ['memory', 'file']],
];

export interface Tiered {
  readonly cache: CacheService;
  readonly clock: ManualClock;
  readonly folder: CacheFolder;
}

/** Makes caches whose default category has those tiers, on a real folder and a clock that stands still. */
export function tieredCaches(tiers: TierName[]): (options?: CacheOptions) => Tiered {
  const folders = cacheFolders();
  return (options = {}) => {
    const folder = folders();
    const cache = folder.open({
      ...options,
      categories: { default: { tiers }, quotes: { tiers } },
    });
    return { cache, clock: folder.clock, folder };
  };
}

/** A source that is asked for a value again and again, and answers when the test says so. */
export class Source {
  readonly asked: Deferred<unknown>[] = [];
  /** What it throws at once, while that is set. */
  failure: Error | undefined;

  readonly factory = (): Promise<unknown> => {
    const next = deferred<unknown>();
    this.asked.push(next);
    if (this.failure !== undefined) next.reject(this.failure);
    return next.promise;
  };

  get runs(): number {
    return this.asked.length;
  }

  answer(value: unknown): void {
    this.asked.at(-1)!.resolve(value);
  }

  fail(error: Error): void {
    this.asked.at(-1)!.reject(error);
  }
}
