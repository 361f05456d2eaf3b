const FIRST_GHOSTS = 16;

/**
 * Where there may be more, room is made for all when the first one comes: the system takes no memory for it before it is written to. To
 * copy what is there later, into memory that is taken at once for it, holds the event loop for tens of milliseconds.
 */
const LARGE = 65_536;

/** A ghost's four numbers, side by side: one line of the processor's cache. */
const ROW_BITS = 2;
const HASH = 0;
/** How many ghosts before it the next older one of its bucket is, or was; 0: there was none. Complemented in one that was taken. */
const STEP = 1;
/** When its key was used last. */
const USED = 2;
/** The uses of its key in the lowest bits, then the side its entry left by, and the number of its departure, counted for each side. */
const DEPARTURE = 3;
const SIDE_BIT = 4;
const SIDE = 3;
const DEPARTURE_BIT = 6;
/** What is below the number of the departure. */
const FLAGS = (1 << DEPARTURE_BIT) - 1;
/** After so many halvings no uses are left. */
const HALVINGS = 4;

/** More uses of a key are not told apart. */
export const MOST_USES = 15;

/** Ways for an entry to leave. */
export type Side = 0 | 1 | 2;
const SIDES = 3;

/**
 * Ghosts that know when and how often their key was used, which side its entry left by, and how many
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
  private readonly departed = new Int32Array(SIDES);
  /** Of the latest halvings, the last one first: the number that was the next to come. */
  private readonly halvings = new Int32Array(HALVINGS);

  /** Of the ghost taken last: when its key was used. */
  used = 0;
  /** Of the ghost taken last: the side its entry left by. */
  side: Side = 0;
  /** Of the ghost taken last: departures by that side since. */
  rank = 0;
  /** Of the ghost taken last: how often its key was used, halved at each halving since. */
  uses = 0;

  /** There are none, nor gaps. */
  get isEmpty(): boolean {
    return this.span === 0;
  }

  /**
   * @param hash of which there is no ghost: who lets a key in takes its ghost first. If two keys have one hash, the
   * later is found
   * @param uses at most MOST_USES
   * @param most ghosts there may be, this one and those that were taken included: beyond that the oldest are forgotten
   */
  add(hash: number, side: Side, used: number, uses: number, most: number): void {
    if (this.span !== most) this.span = this.spanWith(most);
    const departure = (this.departed[side]! + 1) | 0;
    this.departed[side] = departure;
    this.append(hash, used, (departure << DEPARTURE_BIT) | (side << SIDE_BIT) | uses);
  }

  /** Takes the ghost out, and tells what it knew. False: there is none. */
  take(hash: number): boolean {
    const at = this.find(hash);
    if (at < 0) return false;
    const ring = this.ring;
    const departure = ring[at | DEPARTURE]!;
    const side = ((departure >>> SIDE_BIT) & SIDE) as Side;
    this.used = ring[at | USED]!;
    this.side = side;
    // What is left of the number may have gone round.
    this.rank = ((this.departed[side]! << DEPARTURE_BIT) - (departure & ~FLAGS)) >>> DEPARTURE_BIT;
    this.uses = this.usesNow(departure & MOST_USES, at >> ROW_BITS);
    // A gap from now on.
    ring[at | STEP] = ~ring[at | STEP]!;
    return true;
  }

  /** From now on the keys of all ghosts there are were used half as often. */
  halve(): void {
    this.halvings.copyWithin(1, 0);
    this.halvings[0] = this.next;
  }

  clear(): void {
    this.span = 0;
    this.halvings.fill(this.next);
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

  /** Of a ghost by its place in the ring: its uses when it came, halved as often as all were since. */
  private usesNow(uses: number, place: number): number {
    const { next, halvings } = this;
    const back = ((next - 1 - place) & this.mask) + 1;
    let now = uses;
    for (let at = 0; now > 0 && at < HALVINGS; at++) {
      if (back <= (next - halvings[at]!) >>> 0) return now;
      now >>>= 1;
    }
    return now;
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
    if (this.span > this.mask || this.span === 0) this.grow(most);
    return this.span + 1;
  }

  /**
   * Makes room for one more, or for all there may be. Ghosts keep their numbers and chains: each bucket becomes several, which lead to the same
   * ghosts, and part with those that come.
   */
  private grow(most: number): void {
    const { ring, buckets, mask, span } = this;
    let room = span > mask ? 2 * (mask + 1) : mask + 1;
    const wanted = most > LARGE ? most : 0;
    while (room < wanted) room *= 2;
    if (room === mask + 1) return;
    // The larger one last: where much was taken a moment ago, V8 collects garbage before it takes more.
    this.buckets = new Int32Array(room);
    this.ring = new Int32Array(room << ROW_BITS);
    this.mask = room - 1;
    if (span === 0) return;
    this.copyFull(ring, mask);
    for (let at = 0; at < room; at += buckets.length) this.buckets.set(buckets, at);
  }

  /** All ghosts of a smaller ring that is full: from the oldest to its end, and the later ones from its beginning on. */
  private copyFull(ring: Int32Array, mask: number): void {
    const oldest = this.next - this.span;
    const first = oldest & mask;
    this.ring.set(ring.subarray(first << ROW_BITS), this.placeOf(oldest));
    this.ring.set(ring.subarray(0, first << ROW_BITS), this.placeOf(oldest + mask + 1 - first));
  }
}
