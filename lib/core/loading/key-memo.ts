import type { KeyPlace } from '../stores/memory/memory-entry.js';

/** Longer arguments are not worth keeping beside their keys. */
const LONGEST_TEXT = 128;

/** From this length on, what V8 cuts out of a string is a window on it, and keeps all of it alive. */
const SHORTEST_WINDOW = 13;

/** However large the category, no more keys than this are remembered in a generation. */
const MOST_KEYS = 10_000;

/** A place, and the argument of the calls that it is for. */
interface Remembered extends KeyPlace {
  readonly argument: string | number;
}

/**
 * The keys of a function's latest calls with one short argument, so that the text is not made anew at
 * each hit: a fresh string costs its hash and its comparison at every look-up, more than all the rest.
 *
 * Two generations, as in a semi-space: when the young one is full it becomes the old one, and what of
 * that was not asked for meanwhile is forgotten. Nothing is relinked at a hit.
 */
export class KeyMemo {
  readonly #most: number;
  #young = new Map<unknown, Remembered>();
  #old = new Map<unknown, Remembered>();

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
    return this.#remember(
      this.#old.get(argument) ?? { argument: ownCopyOf(argument), key: textOf(args), slot: 0 },
    );
  }

  #remember(place: Remembered): KeyPlace {
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(place.argument, place);
    return place;
  }
}

/** Whether a `Map` tells arguments like this one apart exactly as keys do: it takes 0 for -0. */
function isMemorable(argument: unknown): argument is string | number {
  if (typeof argument === 'string') return argument.length <= LONGEST_TEXT;
  return typeof argument === 'number' && argument !== 0;
}

function ownCopyOf(argument: string | number): string | number {
  if (typeof argument === 'number' || argument.length < SHORTEST_WINDOW) return argument;
  return JSON.parse(JSON.stringify(argument)) as string;
}
