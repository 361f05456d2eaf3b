/**
 * When each of some names was last invalidated, for the latest `most` of them. Of those forgotten it
 * is known only that it was no later than the floor.
 */
export class LastPositions {
  readonly #most: number;
  readonly #forgotten: (name: string, position: number) => void;
  /** Oldest first: positions only grow. */
  readonly #at = new Map<string, number>();
  /** One walk for all that are forgotten: a new one goes over the holes that those before have left. */
  #oldest = this.#at.entries();
  #floor = -1;

  /** @param forgotten told of each that is forgotten */
  constructor(most: number, forgotten: (name: string, position: number) => void = () => {}) {
    this.#most = most;
    this.#forgotten = forgotten;
  }

  /** The last position that is forgotten; -1 if none is. */
  get floor(): number {
    return this.#floor;
  }

  get entries(): [name: string, position: number][] {
    return [...this.#at];
  }

  put(name: string, position: number): void {
    this.#at.delete(name);
    this.#at.set(name, position);
    if (this.#at.size > this.#most) this.#forgetOldest();
  }

  raiseFloor(position: number): void {
    this.#floor = Math.max(this.#floor, position);
  }

  /** The last position that is remembered of the name. */
  remembered(name: string): number {
    return this.#at.get(name) ?? -1;
  }

  /** No position of the name is later than this. */
  latest(name: string): number {
    return this.#at.get(name) ?? this.#floor;
  }

  clear(): void {
    this.#at.clear();
    this.#oldest = this.#at.entries();
    this.#floor = -1;
  }

  #forgetOldest(): void {
    const [name, position] = this.#oldest.next().value!;
    this.#at.delete(name);
    this.raiseFloor(position);
    this.#forgotten(name, position);
  }
}
