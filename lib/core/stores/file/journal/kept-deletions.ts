import { shortName, type Invalidation, type Stamped } from './invalidation.js';

/**
 * Deletions whose files may still be there. Of the others the journal forgets the oldest, because there
 * is nothing left that they could end; what one of these has ended would be alive again.
 */
export class KeptDeletions {
  readonly #most: number;
  /** Short names, and their categories. */
  readonly #kept = new Map<string, string>();
  /** Those that the journal has forgotten, and when they were. */
  readonly #forgotten = new Map<string, number>();

  /** @param most above it, their categories are invalidated in the place of each */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many are to be told to the journal again. */
  get due(): number {
    return this.#forgotten.size;
  }

  /** Undefined, or what is to be invalidated instead of keeping so many. */
  keep(name: string, category: string): Invalidation[] | undefined {
    this.#kept.set(shortName(name), category);
    if (this.#kept.size <= this.#most) return undefined;
    const categories = new Set(this.#kept.values());
    this.#kept.clear();
    this.#forgotten.clear();
    return [...categories].map((each) => ({ type: 'category', category: each }));
  }

  letGo(name: string): void {
    this.#kept.delete(shortName(name));
    this.#forgotten.delete(shortName(name));
  }

  forgotten(name: string, position: number): void {
    if (this.#kept.has(name)) this.#forgotten.set(name, position);
  }

  concern(entry: Stamped): boolean {
    if (this.#forgotten.size === 0) return false;
    return (this.#forgotten.get(shortName(entry.name)) ?? -1) >= entry.position;
  }

  /** What the journal is to be told again, if anything. */
  takeDue(): Invalidation | undefined {
    if (this.#forgotten.size === 0) return undefined;
    const names = [...this.#forgotten.keys()];
    this.#forgotten.clear();
    return { type: 'keys', names };
  }
}
