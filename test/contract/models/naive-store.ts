/** An entry as the naive store has it. */
export interface NaiveEntry {
  value: string;
  expiresAt: number;
  tags: readonly string[];
  bytes: number;
}

/** What became of a key, as a reader is told. */
export type Fate = 'hit' | 'absent' | 'expired' | 'evicted' | 'invalidated';

/**
 * A category as a plain list in the order of use: least recently used first. An entry that has
 * expired stays until someone looks, as in the real one.
 */
export class NaiveStore {
  entries: [key: string, entry: NaiveEntry][] = [];
  readonly fates = new Map<string, Fate>();
  readonly #maxEntries: number;
  readonly #maxBytes: number;

  constructor(maxEntries: number, maxBytes: number) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.entries.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  }

  entry(key: string): NaiveEntry | undefined {
    return this.entries.find(([other]) => other === key)?.[1];
  }

  find(key: string, now: number): Fate {
    const entry = this.entry(key);
    if (entry === undefined) return this.fates.get(key) ?? 'absent';
    if (entry.expiresAt <= now) {
      this.#drop(key, 'expired');
      return 'expired';
    }
    this.entries = [...this.entries.filter(([other]) => other !== key), [key, entry]];
    return 'hit';
  }

  has(key: string, now: number): boolean {
    return (this.entry(key)?.expiresAt ?? 0) > now;
  }

  set(key: string, entry: NaiveEntry): boolean {
    if (entry.bytes > this.#maxBytes) {
      this.#drop(key, 'evicted');
      return false;
    }
    const present = this.entry(key);
    if (present !== undefined) Object.assign(present, entry);
    else this.entries.push([key, entry]);
    while (this.entries.length > this.#maxEntries || this.bytes > this.#maxBytes) {
      // What is being written makes no room for itself: it goes to the end instead.
      if (this.entries[0]![0] === key) this.entries.push(this.entries.shift()!);
      this.#drop(this.entries[0]![0], 'evicted');
    }
    return true;
  }

  delete(key: string, now: number): boolean {
    const fresh = this.has(key, now);
    this.#drop(key, 'absent');
    return fresh;
  }

  clear(): void {
    this.entries = [];
    this.fates.clear();
  }

  invalidate(tag: string): void {
    for (const [key, { tags }] of this.entries)
      if (tags.includes(tag)) this.#drop(key, 'invalidated');
  }

  /** How many had expired. */
  prune(now: number): number {
    const over = this.entries.filter(([, { expiresAt }]) => expiresAt <= now);
    for (const [key] of over) this.#drop(key, 'expired');
    return over.length;
  }

  #drop(key: string, fate: Fate): void {
    this.entries = this.entries.filter(([other]) => other !== key);
    this.fates.set(key, fate);
  }
}
