import { grown } from '../grown-column.js';
import { GhostList } from './ghost-list.js';

/**
 * Ghosts that know when their key was used last, which of two sides its entry left by, and how many
 * have left by that side since.
 */
export class AgedGhosts {
  readonly #ghosts = new GhostList(false);
  #used = new Int32Array(0);
  /** Twice the number of the departure, counted for each side, and the side. */
  #departures = new Int32Array(0);
  readonly #departed: [number, number] = [0, 0];

  /** Of the ghost taken last: when its key was used. */
  used = 0;
  /** Of the ghost taken last: the side its entry left by. */
  side: 0 | 1 = 0;
  /** Of the ghost taken last: departures by that side since. */
  rank = 0;

  get size(): number {
    return this.#ghosts.size;
  }

  add(hash: number, side: 0 | 1, used: number): void {
    const ghost = this.#ghosts.add(hash, 1);
    const { room } = this.#ghosts;
    if (room !== this.#used.length) {
      this.#used = grown(this.#used, new Int32Array(room));
      this.#departures = grown(this.#departures, new Int32Array(room));
    }
    this.#used[ghost] = used;
    this.#departed[side] = (this.#departed[side] + 1) | 0;
    this.#departures[ghost] = (this.#departed[side] << 1) | side;
  }

  /** Takes the ghost out, and tells what it knew. False: there is none. */
  take(hash: number): boolean {
    const ghost = this.#ghosts.find(hash);
    if (ghost < 0) return false;
    const departure = this.#departures[ghost]!;
    this.used = this.#used[ghost]!;
    this.side = departure & 1 ? 1 : 0;
    // Thirty-one bits, which may have gone round.
    this.rank = ((this.#departed[this.side] << 1) - (departure & ~1)) >>> 1;
    this.#ghosts.drop(ghost);
    return true;
  }

  /** Forgets the oldest until there are so many. */
  trim(most: number): void {
    this.#ghosts.trim(most);
  }

  clear(): void {
    this.#ghosts.clear();
  }

  checkInvariants(): void {
    this.#ghosts.checkInvariants();
    if (this.#used.length !== this.#ghosts.room) throw new Error('ghosts: a column is short');
  }
}
