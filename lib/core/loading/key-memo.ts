import type { KeyPlace } from '../stores/memory/memory-store.js';

/** Longer arguments are not worth keeping beside their keys. */
const LONGEST_TEXT = 128;

/** However large the category, no more keys than this are remembered in a generation. */
const MOST_KEYS = 10_000;

/**
 * The keys of a function's latest calls with one short argument, so that the text is not made anew at
 * each hit: a fresh string costs its hash and its comparison at every look-up, more than all the rest.
 *
 * Two generations, as in a semi-space: when the young one is full it becomes the old one, and what of
 * that was not asked for meanwhile is forgotten. Nothing is relinked at a hit.
 */
export class KeyMemo {
  readonly #most: number;
  #young = new Map<unknown, KeyPlace>();
  #old = new Map<unknown, KeyPlace>();

  /** @param entries as many as the category may hold */
  constructor(entries: number) {
    this.#most = Math.min(entries, MOST_KEYS);
  }

  /** Where the key of such a call was last, or will be; undefined for other arguments. */
  placeOf(
    args: readonly unknown[],
    textOf: (args: readonly unknown[]) => string,
  ): KeyPlace | undefined {
    if (args.length !== 1) return undefined;
    const argument = args[0];
    const known = this.#young.get(argument);
    if (known !== undefined) return known;
    if (!isMemorable(argument)) return undefined;
    return this.#remember(argument, this.#old.get(argument) ?? { key: textOf(args), slot: 0 });
  }

  #remember(argument: unknown, place: KeyPlace): KeyPlace {
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(argument, place);
    return place;
  }
}

/** Whether a `Map` tells arguments like this one apart exactly as keys do: it takes 0 for -0. */
function isMemorable(argument: unknown): boolean {
  if (typeof argument === 'string') return argument.length <= LONGEST_TEXT;
  return typeof argument === 'number' && argument !== 0;
}
