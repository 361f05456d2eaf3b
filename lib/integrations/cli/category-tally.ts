import type { InspectedEntry } from '../../core/stores/file/examined-file.js';

export interface TagCount {
  readonly tag: string;
  readonly entries: number;
}

/** Entries are those that would be served; the rest is only counted. */
export interface CategoryReport {
  readonly category: string;
  readonly entries: number;
  readonly bytes: number;
  readonly expired: number;
  /** Dead by the journal, and not removed yet. */
  readonly invalidated: number;
  /** When the oldest entry was made, epoch milliseconds. */
  readonly oldest: number | undefined;
  readonly newest: number | undefined;
  /** The most frequent first. */
  readonly tags: readonly TagCount[];
}

/** Adds up what one category has in the folder. */
export class CategoryTally {
  readonly category: string;
  #entries = 0;
  #bytes = 0;
  #expired = 0;
  #invalidated = 0;
  #oldest = Infinity;
  #newest = -Infinity;
  readonly #tags = new Map<string, number>();

  constructor(category: string) {
    this.category = category;
  }

  add({ state, size, header }: InspectedEntry): void {
    if (state === 'expired') this.#expired++;
    else if (state === 'invalidated') this.#invalidated++;
    else {
      this.#entries++;
      this.#bytes += size;
      this.#oldest = Math.min(this.#oldest, header.bornAt);
      this.#newest = Math.max(this.#newest, header.bornAt);
      for (const tag of new Set(header.tags)) this.#tags.set(tag, (this.#tags.get(tag) ?? 0) + 1);
    }
  }

  report(): CategoryReport {
    const some = this.#entries > 0;
    return {
      category: this.category,
      entries: this.#entries,
      bytes: this.#bytes,
      expired: this.#expired,
      invalidated: this.#invalidated,
      oldest: some ? this.#oldest : undefined,
      newest: some ? this.#newest : undefined,
      tags: [...this.#tags].map(([tag, entries]) => ({ tag, entries })).sort(byFrequency),
    };
  }
}

function byFrequency(one: TagCount, other: TagCount): number {
  return other.entries - one.entries || (one.tag < other.tag ? -1 : 1);
}
