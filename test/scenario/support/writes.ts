import type { CacheService } from '../../../lib/core/cache.service.js';
import type { WrapOptions } from '../../../lib/core/model/options.js';

/** Something that makes what is known of `key` (in `category`, tagged `tag`) out of date. */
export interface Write {
  readonly name: string;
  /** Options that the loads need for it. */
  readonly options?: WrapOptions<unknown>;
  run(cache: CacheService): Promise<unknown> | unknown;
}

const category = 'quotes';

/** After these nothing is in memory: a read loads anew. */
export const REMOVALS: readonly Write[] = [
  { name: 'delete', run: (cache) => cache.delete('key', { category }) },
  { name: 'deleteMany', run: (cache) => cache.deleteMany(['other', 'key'], { category }) },
  {
    name: 'invalidateTags',
    options: { tags: ['one', 'tag'] },
    run: (cache) => cache.invalidateTags(['tag']),
  },
  { name: 'clear(category)', run: (cache) => cache.clear(category) },
  { name: 'clear()', run: (cache) => cache.clear() },
  { name: 'memory.delete', run: (cache) => cache.memory.delete('key', { category }) },
  { name: 'memory.clear(category)', run: (cache) => cache.memory.clear(category) },
  { name: 'memory.clear()', run: (cache) => cache.memory.clear() },
  { name: 'set with a TTL of 0', run: (cache) => cache.set('key', 'gone', { category, ttl: 0 }) },
  {
    name: 'memory.set with a date in the past',
    run: (cache) => cache.memory.set('key', 'gone', { category, ttl: new Date(0) }),
  },
];

/** Removals of `key` (in the default category, tagged `tag`) that other processes with the same folder see. */
export const SHARED_REMOVALS: readonly Write[] = [
  { name: 'delete', run: (cache) => cache.delete('key') },
  { name: 'file.deleteSync', run: (cache) => cache.file.deleteSync('key') },
  { name: 'clear of the category', run: (cache) => cache.clear('default') },
  { name: 'clear', run: (cache) => cache.clear() },
  { name: 'invalidateTags', run: (cache) => cache.invalidateTags(['tag']) },
];

/** After these the new value is in memory. */
export const SETS: readonly Write[] = [
  { name: 'set', run: (cache) => cache.set('key', 'set', { category }) },
  { name: 'setMany', run: (cache) => cache.setMany([{ key: 'key', value: 'set' }], { category }) },
  { name: 'memory.set', run: (cache) => cache.memory.set('key', 'set', { category }) },
  {
    name: 'a load with forceRefresh',
    run: (cache) => cache.wrap('key', () => 'set', { category, forceRefresh: true }),
  },
];

/** Writes that are about something else. */
export const STRANGERS: readonly Write[] = [
  { name: 'delete of another key', run: (cache) => cache.delete('keys', { category }) },
  { name: 'delete in another category', run: (cache) => cache.delete('key') },
  { name: 'set of another key', run: (cache) => cache.set('ke', 1, { category }) },
  { name: 'clear of another category', run: (cache) => cache.clear('quote') },
  {
    name: 'invalidateTags of another tag',
    options: { tags: ['tag'] },
    run: (cache) => cache.invalidateTags(['ta', 'tags', 'key']),
  },
  { name: 'cleanup', run: (cache) => cache.cleanup() },
  { name: 'getStats', run: (cache) => cache.getStats() },
  { name: 'delete of nothing', run: (cache) => cache.deleteMany([], { category }) },
];

export const CATEGORY = category;
