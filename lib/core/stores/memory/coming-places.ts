import { NO_INTS } from './grown-column.js';

/** Places in a page of memory. */
const PAGE = 1024;

/**
 * Places that a key table is to have next, all empty. The system clears memory page by page when it is written to first, which for a million
 * slots is 10 ms in all: so it is taken a share at a time.
 */
export class ComingPlaces {
  private places: Int32Array<ArrayBuffer> = NO_INTS;
  private pagesTaken = 0;

  /** Takes a share of the memory of so many places, unless all is taken. Of another number than before it begins anew. */
  take(count: number, share: number): void {
    if (this.places.length !== count) {
      this.places = new Int32Array(count);
      this.pagesTaken = 0;
    }
    const { places, pagesTaken } = this;
    const end = Math.min(pagesTaken + Math.ceil((share * count) / PAGE), count / PAGE);
    for (let page = pagesTaken; page < end; page++) places[page * PAGE] = 0;
    this.pagesTaken = end;
  }

  /** So many places, which are somebody else's from now on: those that were taken, if they are as many. */
  handOver(count: number): Int32Array<ArrayBuffer> {
    const places = this.places.length === count ? this.places : new Int32Array(count);
    this.places = NO_INTS;
    return places;
  }
}
