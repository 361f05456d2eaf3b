import { KeyPlaces } from '../stores/memory/key-places.js';

/** Longer arguments are not worth keeping beside their keys. */
const LONGEST_TEXT = 128;

/** From this length on, what V8 cuts out of a string is a window on it, and keeps all of it alive. */
const SHORTEST_WINDOW = 13;

/** However large the category, no more keys than this are remembered in a generation. */
const MOST_KEYS = 10_000;

/** What `placeOf` answers of arguments that are not remembered. */
export const NO_PLACE = -1;

/** Places, by the argument of the calls that they are for. */
class Generation {
  readonly places = new KeyPlaces();
  readonly #byArgument = new Map<unknown, number>();

  get size(): number {
    return this.#byArgument.size;
  }

  placeOf(argument: unknown): number | undefined {
    return this.#byArgument.get(argument);
  }

  add(argument: string | number, key: string): number {
    const place = this.places.add(key);
    this.#byArgument.set(argument, place);
    return place;
  }
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
  #young = new Generation();
  #old = new Generation();

  /** @param entries as many as the category may hold */
  constructor(entries: number) {
    this.#most = Math.min(entries, MOST_KEYS);
  }

  /** The keys, and where their entries were last, by what `placeOf` answers. Good until it is called again. */
  get places(): KeyPlaces {
    return this.#young.places;
  }

  /** The place of the key of such a call; NO_PLACE for other arguments. */
  placeOf(args: readonly unknown[], textOf: (args: readonly unknown[]) => string): number {
    if (args.length !== 1) return NO_PLACE;
    return this.#young.placeOf(args[0]) ?? this.#remember(args, textOf);
  }

  #remember(args: readonly unknown[], textOf: (args: readonly unknown[]) => string): number {
    const argument = args[0];
    if (!isMemorable(argument)) return NO_PLACE;
    const before = this.#old.placeOf(argument);
    const key = before === undefined ? textOf(args) : this.#old.places.keys[before]!;
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Generation();
    }
    return this.#young.add(ownCopyOf(argument), key);
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
