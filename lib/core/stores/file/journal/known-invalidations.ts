import { shortName, type Stamped } from './invalidation.js';
import { encodeKnown, type JournalLine, type KnownLine } from './journal-line.js';
import { LastPositions } from './last-positions.js';

/** Far above what anybody declares: against a journal that was tampered with. */
const MOST_CATEGORIES = 10_000;

/** What was learned from one journal. An entry is dead if anything that concerns it came at or after its mark. */
export class KnownInvalidations {
  #all = -1;
  readonly #categories = new LastPositions(MOST_CATEGORIES);
  readonly #tags: LastPositions;
  readonly #keys: LastPositions;

  /** @param forgotten told of each deletion, by its short name, that is remembered no more */
  constructor(
    limits: { readonly maxTags: number; readonly maxKeys: number },
    forgotten: (name: string, position: number) => void,
  ) {
    this.#tags = new LastPositions(limits.maxTags);
    this.#keys = new LastPositions(limits.maxKeys, forgotten);
  }

  /** @param line nothing for a line that cannot be read: it may have invalidated everything */
  learn(line: JournalLine | undefined, position: number): void {
    switch (line?.type) {
      case 'tags':
        for (const tag of line.tags) this.#tags.put(tag, position);
        return;
      case 'category':
        this.#categories.put(line.category, position);
        return;
      case 'keys':
        for (const name of line.names) this.#keys.put(name, position);
        return;
      case 'known':
        this.#recall(line);
        return;
      default:
        // Nothing that came earlier can matter to a mark that is later than this.
        this.clear();
        this.#all = position;
    }
  }

  /**
   * Of the keys only those remembered count: a store unlinks what it deletes, and keeps the deletions that
   * it could not follow (`KeptDeletions`), so that an old entry need not die for one that is forgotten.
   */
  isAlive(entry: Stamped): boolean {
    const { position } = entry;
    return (
      this.#all < position &&
      this.#categories.latest(entry.category) < position &&
      this.#keys.remembered(shortName(entry.name)) < position &&
      entry.tags.every((tag) => this.#tags.latest(tag) < position)
    );
  }

  /** Whether no deletion of its key since its mark can have been forgotten. */
  remembersSince(entry: Stamped): boolean {
    return this.#keys.latest(shortName(entry.name)) < entry.position;
  }

  /** Everything, as lines for the journal's next file. */
  snapshot(): string {
    const parts = { categories: this.#categories, tags: this.#tags, keys: this.#keys };
    let lines = encodeKnown({ type: 'known', what: 'all', floor: this.#all, at: [] });
    for (const what of ['categories', 'tags', 'keys'] as const) {
      const { floor, entries } = parts[what];
      lines += encodeKnown({ type: 'known', what, floor, at: entries });
    }
    return lines;
  }

  clear(): void {
    this.#all = -1;
    this.#categories.clear();
    this.#tags.clear();
    this.#keys.clear();
  }

  #recall({ what, floor, at }: KnownLine): void {
    if (what === 'all') {
      this.#all = Math.max(this.#all, floor);
      return;
    }
    const part = { categories: this.#categories, tags: this.#tags, keys: this.#keys }[what];
    part.raiseFloor(floor);
    for (const [name, position] of at) part.put(name, position);
  }
}
