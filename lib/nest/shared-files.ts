import { resolve } from 'node:path';
import { DEFAULT_DIRECTORY } from '../core/file-options.js';
import type { CacheSlot } from './cache.slot.js';

/** Whether what one cache keeps in files may be found by the other, now or at another start. */
export function mayShareFiles(one: CacheSlot, other: CacheSlot): boolean {
  // A test that overrides the provider has one cache for both, which they do not all have yet.
  if (one.service === undefined || other.service === undefined) return true;
  if (one.service === other.service) return true;
  const folder = folderOf(one);
  return folder !== undefined && folder === folderOf(other);
}

function folderOf({ options: { file } }: CacheSlot): string | undefined {
  return file === false ? undefined : resolve(file?.directory ?? DEFAULT_DIRECTORY);
}
