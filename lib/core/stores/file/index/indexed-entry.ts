/** What the index has of one file. */
export interface IndexedEntry {
  /** Of the file: 64 hexadecimal digits. */
  readonly name: string;
  readonly category: string;
  /** Undefined if it is very long. */
  readonly key: string | undefined;
  /** Bytes of the file. */
  readonly size: number;
  /** Epoch milliseconds; Infinity: never. */
  readonly expiresAt: number;
  readonly tags: readonly string[];
  /** Last use, epoch milliseconds with fractions. */
  readonly usedAt: number;
  /** In the invalidation journal, when its load began. */
  readonly position: number;
  /** Inode of the file, which is another one when another process writes it anew. */
  readonly ino: number;
}

/** What a category has in one folder. */
export interface FreshEntries {
  readonly keys: string[];
  /** Of those whose keys are not kept in memory. */
  readonly names: string[];
  /** How many were looked at, and one. */
  seen: number;
}

/** How much of a category may be on disk. */
export interface FileLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}
