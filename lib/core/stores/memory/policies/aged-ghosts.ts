const FIRST_GHOSTS = 16;

/** A ghost's numbers, side by side: one line of the processor's cache. */
const STRIDE = 4;
const HASH = 0;
/** How many ghosts before it the next older one of its bucket is, 0: there is none; complemented in one that is taken. */
const STEP = 1;
/** When its key was used last. */
const USED = 2;
/** Twice the number of its departure, counted for each side, and the side. */
const DEPARTURE = 3;

/** Room for so many times the ghosts that there may be: those taken leave gaps. */
const GAPS = 1.5;

/**
 * Ghosts that know when their key was used last, which of two sides its entry left by, and how many
 * have left by that side since.
 *
 * They stand in a ring in the order they came, and those of one bucket are chained from the newest on. So the
 * oldest goes by itself when the ring's end passes it: chains end where they leave the ring, and are not mended.
 * One that is taken stays as a gap until then; a ring full of gaps forgets its oldest early.
 */
export class AgedGhosts {
  private ring = new Int32Array(STRIDE * FIRST_GHOSTS);
  /** By the low bits of the hash: the number of the newest ghost. */
  private buckets = new Int32Array(FIRST_GHOSTS);
  private mask = FIRST_GHOSTS - 1;
  /** Numbers of ghosts, counted round and round: of the oldest, and of the next to come. */
  private oldest = 1;
  private next = 1;
  private readonly departed: [number, number] = [0, 0];
  size = 0;

  /** Of the ghost taken last: when its key was used. */
  used = 0;
  /** Of the ghost taken last: the side its entry left by. */
  side: 0 | 1 = 0;
  /** Of the ghost taken last: departures by that side since. */
  rank = 0;

  /**
   * @param hash of which there is no ghost: who lets a key in takes its ghost first. If two keys have one hash, the
   * later is found
   * @param most ghosts there may be, this one included: beyond that the oldest are forgotten
   */
  add(hash: number, side: 0 | 1, used: number, most: number): void {
    while (this.size >= most && this.size > 0) this.passOldest();
    this.makeRoom(most);
    this.departed[side] = (this.departed[side] + 1) | 0;
    this.append(hash, used, (this.departed[side] << 1) | side);
  }

  /** Takes the ghost out, and tells what it knew. False: there is none. */
  take(hash: number): boolean {
    const at = this.find(hash);
    if (at < 0) return false;
    const departure = this.ring[at + DEPARTURE]!;
    this.used = this.ring[at + USED]!;
    this.side = departure & 1 ? 1 : 0;
    // Thirty-one bits, which may have gone round.
    this.rank = ((this.departed[this.side] << 1) - (departure & ~1)) >>> 1;
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
      if (this.ring[at + STEP]! < 0) continue;
      count++;
      if (this.find(this.ring[at + HASH]!) !== at) throw new Error('ghosts: one is not found');
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
    return STRIDE * (ghost & this.mask);
  }

  /** Where in the ring the ghost of a hash is, or -1. */
  private find(hash: number): number {
    const ring = this.ring;
    const span = this.span;
    const wanted = hash | 0;
    let back = (this.next - this.buckets[hash & this.mask]!) >>> 0;
    // Not in the ring any more, nor what is older.
    while (back <= span) {
      const at = this.placeOf(this.next - back);
      const step = ring[at + STEP]!;
      if (ring[at + HASH] === wanted && step >= 0) return at;
      const older = step < 0 ? ~step : step;
      if (older === 0) return -1;
      back += older;
    }
    return -1;
  }

  private append(hash: number, used: number, departure: number): void {
    const ring = this.ring;
    const at = this.placeOf(this.next);
    const bucket = hash & this.mask;
    const back = (this.next - this.buckets[bucket]!) >>> 0;
    ring[at + HASH] = hash;
    ring[at + STEP] = back <= this.span ? back : 0;
    ring[at + USED] = used;
    ring[at + DEPARTURE] = departure;
    this.buckets[bucket] = this.next;
    this.next = (this.next + 1) | 0;
    this.size++;
  }

  private leave(at: number): void {
    this.ring[at + STEP] = ~this.ring[at + STEP]!;
    this.size--;
  }

  /** Lets the end of the ring pass its oldest ghost, or gap. */
  private passOldest(): void {
    if (this.ring[this.placeOf(this.oldest) + STEP]! >= 0) this.size--;
    this.oldest = (this.oldest + 1) | 0;
  }

  private makeRoom(most: number): void {
    const room = this.mask + 1;
    if (this.span < room) return;
    if (room >= GAPS * most) this.passOldest();
    else this.grow(2 * room);
  }

  private grow(room: number): void {
    const old = this.ring;
    const oldMask = this.mask;
    const next = this.next;
    this.ring = new Int32Array(STRIDE * room);
    this.buckets = new Int32Array(room);
    this.mask = room - 1;
    const oldest = this.oldest;
    this.oldest = this.next = 1;
    this.size = 0;
    for (let ghost = oldest; ghost !== next; ghost = (ghost + 1) | 0) {
      const at = STRIDE * (ghost & oldMask);
      if (old[at + STEP]! < 0) continue;
      this.append(old[at + HASH]!, old[at + USED]!, old[at + DEPARTURE]!);
    }
  }
}
