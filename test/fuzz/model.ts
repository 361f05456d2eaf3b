/** A value as the source of truth hands it out: newer ones have greater versions. */
export interface Versioned {
  readonly key: string;
  readonly version: number;
}

interface Place {
  /** No read that begins now may return an older version. */
  floor: number;
  /** A load that took off before this may not be shared with callers that come now. */
  shareableFrom: number;
  /** Writes under way: each tier it reaches may send callers into a load of their own. */
  writers: number;
  /** When the loads took off whose factories are running, by their version. */
  readonly running: Map<number, number>;
  /** The newest version for which the source gave null, which cannot carry it. */
  newestNull: number;
}

/**
 * What is promised, as numbers. The source of truth counts; a factory takes its version when it
 * begins. A write or an invalidation raises, when it has resolved, the floor of what it concerns to
 * the count at which it began; a `set` raises it to the version of its own value.
 */
export class Model {
  #count = 0;
  readonly #places = new Map<string, Place>();

  next(): number {
    return ++this.#count;
  }

  floorOf(place: string): number {
    return this.#placeOf(place).floor;
  }

  /** A load may take off now. A forced one takes the place of those that are under way. */
  takeOff(place: string, forced: boolean): number {
    if (forced) this.#placeOf(place).shareableFrom = this.next();
    return this.#count;
  }

  /** Its factory begins; throws if one is running that it should have shared. */
  begin(place: string, tookOffAt: number): number {
    const { running, shareableFrom, writers } = this.#placeOf(place);
    const version = this.next();
    for (const [other, otherTookOffAt] of running) {
      if (writers === 0 && Math.min(tookOffAt, otherTookOffAt) >= shareableFrom) {
        throw new Error(`${place}: a second factory runs beside version ${other}`);
      }
    }
    running.set(version, tookOffAt);
    return version;
  }

  /** The source answers with null in place of this version. */
  answeredNull(place: string, version: number): void {
    const known = this.#placeOf(place);
    known.newestNull = Math.max(known.newestNull, version);
  }

  newestNullOf(place: string): number {
    return this.#placeOf(place).newestNull;
  }

  end(place: string, version: number): void {
    this.#placeOf(place).running.delete(version);
  }

  /** A write to these places begins; the returned function says that it has resolved. */
  write(places: readonly string[], version = this.next()): () => void {
    for (const place of places) {
      const known = this.#placeOf(place);
      known.shareableFrom = version;
      known.writers++;
    }
    return () => {
      const now = this.next();
      for (const place of places) {
        const known = this.#placeOf(place);
        known.floor = Math.max(known.floor, version);
        known.shareableFrom = now;
        known.writers--;
      }
    };
  }

  #placeOf(place: string): Place {
    let known = this.#places.get(place);
    if (known === undefined) {
      known = { floor: 0, shareableFrom: 0, writers: 0, running: new Map(), newestNull: 0 };
      this.#places.set(place, known);
    }
    return known;
  }
}
