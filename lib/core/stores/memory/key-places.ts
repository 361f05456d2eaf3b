import { grown } from './grown-column.js';
import { NO_ARRIVAL } from './key-table.js';

const FIRST_PLACES = 16;

/**
 * Keys, and where the entry of each was last seen, for a caller that asks for the same ones again and again
 * (`MemoryStore.findAgain`). A place is a number. What a hit needs of it is two numbers side by side, and not the
 * key itself: that is read when the entry is no longer where it was.
 */
export class KeyPlaces {
  readonly keys: string[] = [];
  /** By place: the slot, and which arrival was in it, in turn. */
  seen = new Int32Array(2 * FIRST_PLACES);
  /** In which era of the table all of that was seen. */
  era = 0;

  /** A place for a key whose entry was not seen yet. */
  add(key: string): number {
    const place = this.keys.push(key) - 1;
    if (2 * place === this.seen.length) this.seen = grown(this.seen, new Int32Array(4 * place));
    this.seen[2 * place + 1] = NO_ARRIVAL;
    return place;
  }

  note(place: number, slot: number, arrival: number, era: number): void {
    if (era !== this.era) this.forget(era);
    this.seen[2 * place] = slot;
    this.seen[2 * place + 1] = arrival;
  }

  /** Arrivals are numbered anew: an old number may stand for another by now. */
  private forget(era: number): void {
    this.era = era;
    this.seen.fill(NO_ARRIVAL);
  }
}
