import type { CacheService } from 'nestjs-tiered-cache';

const WHOLE = new Intl.NumberFormat('en-US');

/**
 * What an earlier process left that is still fresh, in one line. A cleanup pass comes first: it waits
 * until the folder has been looked through, and what expired meanwhile is not warm.
 */
export async function foundOnDisk(cache: CacheService): Promise<string> {
  await cache.cleanup();
  const { fileCache, categories } = cache.getStats();
  if (fileCache.entries === 0) return 'Warm on disk: nothing yet.';
  const parts = Object.entries(categories)
    .filter(([, category]) => category.fileCache.entries > 0)
    .map(([name, category]) => `${name} ${amounts(category.fileCache)}`);
  return `Warm on disk: ${amounts(fileCache)} (${parts.join('; ')}).`;
}

function amounts({ entries, bytes }: { entries: number; bytes: number }): string {
  return `${WHOLE.format(entries)} ${entries === 1 ? 'entry' : 'entries'}, ${WHOLE.format(bytes)} bytes`;
}
