import type {
  FileLimits,
  IndexedEntry,
} from '../../../../../lib/core/stores/file/index/file-index.js';

type Row = IndexedEntry;

/** What the index does, written down in arrays: those found on disk, and those that this process has used. */
export class IndexModel {
  #found: Row[] = [];
  #used: Row[] = [];

  constructor(readonly limitsOf: (category: string) => FileLimits) {}

  /** The least recently used one first, whoever has used it. */
  get rows(): readonly Row[] {
    return [...this.#found, ...this.#used].toSorted((a, b) => a.usedAt - b.usedAt);
  }

  get(name: string): Row | undefined {
    return this.rows.find((row) => row.name === name);
  }

  add(entry: IndexedEntry): void {
    this.remove(entry.name);
    this.#used.push(entry);
  }

  addOld(entries: readonly IndexedEntry[]): void {
    for (const entry of entries) {
      if (this.get(entry.name) === undefined) this.#found.push(entry);
    }
  }

  touch(name: string, usedAt: number): boolean {
    const row = this.remove(name);
    if (row !== undefined) this.#used.push({ ...row, usedAt });
    return row !== undefined;
  }

  remove(name: string): Row | undefined {
    return this.removeWhere((row) => row.name === name)[0];
  }

  removeWhere(over: (row: Row) => boolean): Row[] {
    const removed = this.rows.filter(over);
    this.#found = this.#found.filter((row) => !removed.includes(row));
    this.#used = this.#used.filter((row) => !removed.includes(row));
    return removed;
  }

  removeTagged(tags: readonly string[]): Row[] {
    return this.removeWhere((row) => row.tags.some((tag) => tags.includes(tag)));
  }

  isOver(category: string): boolean {
    const { maxEntries, maxBytes } = this.limitsOf(category);
    return this.of(category).length > maxEntries || this.bytes(category) > maxBytes;
  }

  victimsOf(category: string): Row[] {
    const victims: Row[] = [];
    const { maxBytes } = this.limitsOf(category);
    while (this.isOver(category)) {
      const rows = this.of(category);
      const victim = rows.find(({ size }) => size > maxBytes) ?? rows[0]!;
      victims.push(this.remove(victim.name)!);
    }
    return victims;
  }

  of(category: string): Row[] {
    return this.rows.filter((row) => row.category === category);
  }

  bytes(category: string): number {
    return this.of(category).reduce((sum, { size }) => sum + size, 0);
  }

  /** Those of which the file does not show the last use: the most recent, of each category its share. */
  unpersisted(limit: number): Row[] {
    const categories = new Set(this.rows.map(({ category }) => category));
    const share = Math.ceil(limit / Math.max(1, categories.size));
    return [...categories].flatMap((category) =>
      this.#used
        .filter((row) => row.category === category)
        .toReversed()
        .slice(0, share),
    );
  }
}
