/** A moment of one journal: `position` grows with whatever is appended, over compactions too. */
export interface Mark {
  /** 16 hex digits, random per journal. */
  readonly journal: string;
  readonly position: number;
}

/** What an entry's header says of it, with the mark taken when its load (or its set) began. */
export interface Stamped extends Mark {
  /** 64 hex digits: the hash of category and key. */
  readonly name: string;
  readonly category: string;
  readonly tags: readonly string[];
}

export type Invalidation =
  | { readonly type: 'tags'; readonly tags: readonly string[] }
  | { readonly type: 'category'; readonly category: string }
  | { readonly type: 'all' }
  | { readonly type: 'keys'; readonly names: readonly string[] };

/** Half a hash tells entries apart as well as the whole one does, at half the bytes. */
export function shortName(name: string): string {
  return name.slice(0, 32);
}
