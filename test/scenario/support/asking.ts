import type { CacheService } from '../../../lib/core/cache.service.js';

/** Asks memory for one key after the other, and sets what is missing. @returns how many were there */
export function askAll(
  { memory }: CacheService,
  keys: readonly number[],
  valueOf: (key: number) => unknown,
): number {
  let hits = 0;
  for (const key of keys) {
    if (memory.get(`k:${key}`).success) hits++;
    else memory.set(`k:${key}`, valueOf(key));
  }
  return hits;
}
