import type { IndexedEntry } from '../../../../../lib/core/stores/file/index/file-index.js';

/** A file name: the folder's two digits, and the rest. */
export function nameOf(id: number, folder = id % 256): string {
  return folder.toString(16).padStart(2, '0') + id.toString(16).padStart(62, '0');
}

export function entry(id: number, change: Partial<IndexedEntry> = {}): IndexedEntry {
  return {
    name: nameOf(id),
    category: 'users',
    key: `user:${id}`,
    size: 100,
    expiresAt: Infinity,
    tags: [],
    usedAt: id,
    position: id,
    ino: id,
    ...change,
  };
}

/** What an entry says, without what the index keeps beside it. */
export function plain({
  name,
  category,
  key,
  size,
  expiresAt,
  tags,
  usedAt,
  position,
  ino,
}: IndexedEntry): IndexedEntry {
  return { name, category, key, size, expiresAt, tags, usedAt, position, ino };
}

export function ids(entries: Iterable<IndexedEntry>): number[] {
  return [...entries].map(({ ino }) => ino);
}
