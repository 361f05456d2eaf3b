/** A policy as the textbook has it: slow, and obviously right. Least valuable first. */
export interface NaivePolicy {
  add(node: number, hash: number): void;
  touch(node: number): void;
  remove(node: number, evicted: boolean): void;
  victim(): number;
}

export class NaiveFifo implements NaivePolicy {
  protected order: number[] = [];

  add(node: number): void {
    this.order.push(node);
  }

  touch(_node: number): void {}

  remove(node: number): void {
    this.order = this.order.filter((other) => other !== node);
  }

  victim(): number {
    return this.order[0] ?? -1;
  }
}

export class NaiveLru extends NaiveFifo {
  override touch(node: number): void {
    this.remove(node);
    this.order.push(node);
  }
}

export class NaiveLfu implements NaivePolicy {
  #entries: { node: number; uses: number }[] = [];
  #newcomer = -1;

  add(node: number): void {
    this.#entries.push({ node, uses: 1 });
    this.#newcomer = node;
  }

  /** Entries stand in the order of their last use, so the first of the least used is the victim. */
  touch(node: number): void {
    const entry = this.#entries.find((other) => other.node === node)!;
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#entries.push({ node, uses: entry.uses + 1 });
  }

  remove(node: number): void {
    this.#entries = this.#entries.filter((other) => other.node !== node);
    if (this.#newcomer === node) this.#newcomer = -1;
  }

  victim(): number {
    const others = this.#entries.filter(({ node }) => node !== this.#newcomer);
    const candidates = others.length === 0 ? this.#entries : others;
    const least = Math.min(...candidates.map(({ uses }) => uses));
    return candidates.find(({ uses }) => uses === least)?.node ?? -1;
  }
}

/** The queue without the newest entry, which comes in once room has been made for it. */
export class NaiveSieve implements NaivePolicy {
  #queue: { node: number; used: boolean }[] = [];
  #hand: { node: number; used: boolean } | undefined;
  #newcomer: { node: number; used: boolean } | undefined;

  add(node: number): void {
    if (this.#newcomer !== undefined) this.#queue.push(this.#newcomer);
    this.#newcomer = { node, used: false };
  }

  touch(node: number): void {
    const entry = [...this.#queue, this.#newcomer].find((other) => other?.node === node);
    entry!.used = true;
  }

  remove(node: number): void {
    if (this.#newcomer?.node === node) this.#newcomer = undefined;
    const at = this.#queue.findIndex((other) => other.node === node);
    if (at < 0) return;
    if (this.#hand === this.#queue[at]) this.#hand = this.#queue[at + 1];
    this.#queue.splice(at, 1);
  }

  victim(): number {
    if (this.#queue.length === 0) return this.#newcomer?.node ?? -1;
    let at = Math.max(
      0,
      this.#queue.findIndex((entry) => entry === this.#hand),
    );
    while (this.#queue[at]!.used) {
      this.#queue[at]!.used = false;
      at = (at + 1) % this.#queue.length;
    }
    this.#hand = this.#queue[at];
    return this.#queue[at]!.node;
  }
}

interface Queued {
  readonly node: number;
  readonly hash: number;
  uses: number;
}

export class NaiveS3Fifo implements NaivePolicy {
  #small: Queued[] = [];
  #main: Queued[] = [];
  #ghosts: number[] = [];
  #newcomer: { entry: Queued; goesToMain: boolean } | undefined;
  #hasEvicted = false;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(node: number, hash: number): void {
    if (this.#newcomer !== undefined) {
      (this.#newcomer.goesToMain ? this.#main : this.#small).push(this.#newcomer.entry);
    }
    const isGhost = this.#ghosts.includes(hash);
    this.#ghosts = this.#ghosts.filter((other) => other !== hash);
    const smallIsFull = this.#small.length >= tenth(this.#most);
    const goesToMain = isGhost || (!this.#hasEvicted && smallIsFull);
    this.#newcomer = { entry: { node, hash, uses: 0 }, goesToMain };
  }

  touch(node: number): void {
    const entry = [...this.#small, ...this.#main, this.#newcomer?.entry].find(
      (other) => other?.node === node,
    );
    entry!.uses = Math.min(3, entry!.uses + 1);
  }

  remove(node: number, evicted: boolean): void {
    if (this.#newcomer?.entry.node === node) this.#newcomer = undefined;
    const held = this.#small.length + this.#main.length;
    const leaving = this.#small.find((other) => other.node === node);
    if (evicted && leaving !== undefined) {
      this.#ghosts.push(leaving.hash);
      while (this.#ghosts.length > held - tenth(held)) this.#ghosts.shift();
    }
    this.#small = this.#small.filter((other) => other.node !== node);
    this.#main = this.#main.filter((other) => other.node !== node);
  }

  victim(): number {
    this.#hasEvicted = true;
    const held = this.#small.length + this.#main.length;
    if (held === 0) return this.#newcomer?.entry.node ?? -1;
    for (;;) {
      if (this.#small.length > 0 && this.#main.length <= held - tenth(held)) {
        const [oldest] = this.#small;
        if (oldest!.uses < 2) return oldest!.node;
        this.#small.shift();
        this.#main.push({ ...oldest!, uses: 0 });
      } else {
        const [oldest] = this.#main;
        if (oldest!.uses === 0) return oldest!.node;
        this.#main.shift();
        this.#main.push({ ...oldest!, uses: oldest!.uses - 1 });
      }
    }
  }
}

function tenth(whole: number): number {
  return Math.max(1, Math.floor(whole / 10));
}
