const FIRST_GHOSTS = 16;

/** A ghost's four numbers, side by side: one line of the processor's cache. */
const ROW_BITS = 2;
const HASH = 0;
/** How many ghosts before it the next older one of its bucket is, 0: there is none; complemented in one that is taken. */
const STEP = 1;
/** When its key was used last. */
const USED = 2;
/** Twice the number of its departure, counted for each side, and the side. */
const DEPARTURE = 3;

/** Buckets for each place of the ring: of those looked for and not found a third meets another ghost. */
const BUCKETS_A_PLACE = 2;

/**
 * Ghosts that know when their key was used last, which of two sides its entry left by, and how many
 * have left by that side since.
 *
 * They stand in a ring in the order they came, and those of one bucket are chained from the newest on. So the
 * oldest goes by itself when the ring's end passes it: chains end where they leave the ring, and are not mended.
 * One that is taken stays as a gap until then; a ring full of gaps forgets its oldest early.
 */
export class AgedGhosts {
  private ring = new Int32Array(FIRST_GHOSTS << ROW_BITS);
  /** By the low bits of the hash: the number of the newest ghost. */
  private buckets = new Int32Array(BUCKETS_A_PLACE * FIRST_GHOSTS);
  private mask = FIRST_GHOSTS - 1;
  /** Numbers of ghosts, counted round and round: of the oldest, and of the next to come. */
  private oldest = 1;
  private next = 1;
  private readonly departed = new Int32Array(2);
  size = 0;

  /** Of the ghost taken last: when its key was used. */
  used = 0;
  /** Of the ghost taken last: the side its entry left by. */
  side = 0;
  /** Of the ghost taken last: departures by that side since. */
  rank = 0;

  /**
   * @param hash of which there is no ghost: who lets a key in takes its ghost first. If two keys have one hash, the
   * later is found
   * @param most ghosts there may be, this one included: beyond that the oldest are forgotten
   */
  add(hash: number, side: number, used: number, most: number): void {
    // Most of the time one goes; gaps are passed as well, at the next ones if there are more.
    if (this.size >= most) this.passUntilFewer(most);
    if (this.span >= this.mask + 1) this.makeRoom(most);
    const departure = (this.departed[side]! + 1) | 0;
    this.departed[side] = departure;
    this.append(hash, used, (departure << 1) | side);
  }

  /** Takes the ghost out, and tells what it knew. False: there is none. */
  take(hash: number): boolean {
    const at = this.find(hash);
    if (at < 0) return false;
    const departure = this.ring[at | DEPARTURE]!;
    const side = departure & 1;
    this.used = this.ring[at | USED]!;
    this.side = side;
    // Thirty-one bits, which may have gone round.
    this.rank = ((this.departed[side]! << 1) - (departure & ~1)) >>> 1;
    this.leave(at);
    return true;
  }

  clear(): void {
    this.ring.fill(0);
    this.buckets.fill(0);
    this.oldest = this.next = 1;
    this.size = 0;
  }

  checkInvariants(): void {
    let count = 0;
    for (let back = this.span; back > 0; back--) {
      const at = this.placeOf(this.next - back);
      if (this.ring[at | STEP]! < 0) continue;
      count++;
      if (this.find(this.ring[at | HASH]!) !== at) throw new Error('ghosts: one is not found');
    }
    if (count !== this.size) throw new Error(`ghosts: ${count} in the ring, size ${this.size}`);
    if (this.span > this.mask + 1) throw new Error('ghosts: the ring is too short');
  }

  /** Ghosts and gaps. */
  private get span(): number {
    return (this.next - this.oldest) | 0;
  }

  /** Where in the ring a ghost is, by its number. */
  private placeOf(ghost: number): number {
    return (ghost & this.mask) << ROW_BITS;
  }

  private bucketOf(hash: number): number {
    return hash & (this.buckets.length - 1);
  }

  /** Where in the ring the ghost of a hash is, or -1. */
  private find(hash: number): number {
    const ring = this.ring;
    const span = this.span;
    const wanted = hash | 0;
    let back = (this.next - this.buckets[this.bucketOf(hash)]!) >>> 0;
    // Not in the ring any more, nor what is older.
    while (back <= span) {
      const at = this.placeOf(this.next - back);
      const step = ring[at | STEP]!;
      if (ring[at | HASH] === wanted && step >= 0) return at;
      const older = step < 0 ? ~step : step;
      if (older === 0) return -1;
      back += older;
    }
    return -1;
  }

  private append(hash: number, used: number, departure: number): void {
    const ring = this.ring;
    const at = this.placeOf(this.next);
    const bucket = this.bucketOf(hash);
    const back = (this.next - this.buckets[bucket]!) >>> 0;
    ring[at | HASH] = hash;
    ring[at | STEP] = back <= this.span ? back : 0;
    ring[at | USED] = used;
    ring[at | DEPARTURE] = departure;
    this.buckets[bucket] = this.next;
    this.next = (this.next + 1) | 0;
    this.size++;
  }

  private leave(at: number): void {
    this.ring[at | STEP] = ~this.ring[at | STEP]!;
    this.size--;
  }

  /** Lets the end of the ring pass its oldest ghost, or gap. */
  private passOldest(): void {
    if (this.ring[this.placeOf(this.oldest) | STEP]! >= 0) this.size--;
    this.oldest = (this.oldest + 1) | 0;
  }

  /** One goes most of the time, and it may be a gap. */
  private passUntilFewer(most: number): void {
    this.passOldest();
    while (this.size >= most && this.size > 0) this.passOldest();
  }

  private makeRoom(most: number): void {
    const room = this.mask + 1;
    if (room >= most) this.passOldest();
    else this.grow(2 * room);
  }

  private grow(room: number): void {
    const old = this.ring;
    const oldMask = this.mask;
    const next = this.next;
    this.ring = new Int32Array(room << ROW_BITS);
    this.buckets = new Int32Array(BUCKETS_A_PLACE * room);
    this.mask = room - 1;
    const oldest = this.oldest;
    this.oldest = this.next = 1;
    this.size = 0;
    for (let ghost = oldest; ghost !== next; ghost = (ghost + 1) | 0) {
      const at = (ghost & oldMask) << ROW_BITS;
      if (old[at | STEP]! < 0) continue;
      this.append(old[at | HASH]!, old[at | USED]!, old[at | DEPARTURE]!);
    }
  }
}
