const FIRST_GHOSTS = 16;

/** From so many on room is made at once for all that there may be: putting two million anew takes hundreds of milliseconds. */
const LARGE = 65_536;

/** A ghost's four numbers, side by side: one line of the processor's cache. */
const ROW_BITS = 2;
const HASH = 0;
/** How many ghosts before it the next older one of its bucket is, or was; 0: there was none. Complemented in one that was taken. */
const STEP = 1;
/** When its key was used last. */
const USED = 2;
/** Twice the number of its departure, counted for each side, and the side. */
const DEPARTURE = 3;

/**
 * Ghosts that know when their key was used last, which of two sides its entry left by, and how many
 * have left by that side since.
 *
 * They stand in a ring in the order they came, and those of one bucket are chained from the newest on. So the
 * oldest go by themselves, when so many have come after them: chains end there, and are not mended.
 * One that is taken stays as a gap until then.
 */
export class AgedGhosts {
  private ring = new Int32Array(FIRST_GHOSTS << ROW_BITS);
  /** By the low bits of the hash: the number of the newest ghost. */
  private buckets = new Int32Array(FIRST_GHOSTS);
  private mask = FIRST_GHOSTS - 1;
  /** The number of the next to come, counted round and round. */
  private next = 1;
  /** How many of those that came last are remembered, gaps among them. */
  private span = 0;
  /** By side: how many have left. */
  private readonly departed = new Int32Array(2);

  /** Of the ghost taken last: when its key was used. */
  used = 0;
  /** Of the ghost taken last: the side its entry left by. */
  side = 0;
  /** Of the ghost taken last: departures by that side since. */
  rank = 0;

  /**
   * @param hash of which there is no ghost: who lets a key in takes its ghost first. If two keys have one hash, the
   * later is found
   * @param most ghosts there may be, this one and those that were taken included: beyond that the oldest are forgotten
   */
  add(hash: number, side: 0 | 1, used: number, most: number): void {
    if (this.span !== most) this.span = this.spanWith(most);
    const departure = (this.departed[side]! + 1) | 0;
    this.departed[side] = departure;
    this.append(hash, used, (departure << 1) | side);
  }

  /** Takes the ghost out, and tells what it knew. False: there is none. */
  take(hash: number): boolean {
    const at = this.find(hash);
    if (at < 0) return false;
    const ring = this.ring;
    const departure = ring[at | DEPARTURE]!;
    const side = departure & 1;
    this.used = ring[at | USED]!;
    this.side = side;
    // Thirty-one bits, which may have gone round.
    this.rank = ((this.departed[side]! << 1) - (departure & ~1)) >>> 1;
    this.leave(at);
    return true;
  }

  clear(): void {
    this.span = 0;
  }

  checkInvariants(): void {
    if (this.span > this.mask + 1) throw new Error('ghosts: the ring is too short');
    for (let back = this.span; back > 0; back--) {
      const at = this.placeOf(this.next - back);
      if (this.ring[at | STEP]! < 0) continue;
      // Two keys may have one hash: see `KeyTable`.
      const hash = this.ring[at | HASH]!;
      if (this.find(hash) < 0) throw new Error('ghosts: one is not found');
    }
  }

  /** Where in the ring a ghost is, by its number. */
  private placeOf(ghost: number): number {
    return (ghost & this.mask) << ROW_BITS;
  }

  /** Where in the ring the ghost of a hash is, or -1. */
  private find(hash: number): number {
    const span = this.span;
    let back = (this.next - this.buckets[hash & this.mask]!) >>> 0;
    if (back > span) return -1;
    const ring = this.ring;
    const wanted = hash | 0;
    do {
      const at = this.placeOf(this.next - back);
      const step = ring[at | STEP]!;
      if (ring[at | HASH] === wanted && step >= 0) return at;
      const older = step < 0 ? ~step : step;
      if (older === 0) return -1;
      back += older;
    } while (back <= span);
    return -1;
  }

  private append(hash: number, used: number, departure: number): void {
    const next = this.next;
    const ring = this.ring;
    const at = this.placeOf(next);
    const bucket = hash & this.mask;
    const back = (next - this.buckets[bucket]!) >>> 0;
    ring[at | HASH] = hash;
    ring[at | STEP] = back < this.span ? back : 0;
    ring[at | USED] = used;
    ring[at | DEPARTURE] = departure;
    this.buckets[bucket] = next;
    this.next = (next + 1) | 0;
  }

  /** How many are remembered with the one that comes. */
  private spanWith(most: number): number {
    if (this.span > most) return most;
    if (this.span > this.mask) this.grow(most);
    return this.span + 1;
  }

  private grow(most: number): void {
    const old = this.ring;
    const oldMask = this.mask;
    const { span, next } = this;
    let room = 2 * (oldMask + 1);
    while (room > LARGE && room < most) room *= 2;
    this.ring = new Int32Array(room << ROW_BITS);
    this.buckets = new Int32Array(room);
    this.mask = room - 1;
    this.span = 0;
    for (let back = span; back > 0; back--) {
      const at = ((next - back) & oldMask) << ROW_BITS;
      this.span++;
      this.append(old[at | HASH]!, old[at | USED]!, old[at | DEPARTURE]!);
      if (old[at | STEP]! < 0) this.leave(this.placeOf(this.next - 1));
    }
  }

  /** A gap from now on. */
  private leave(at: number): void {
    this.ring[at | STEP] = ~this.ring[at | STEP]!;
  }
}
