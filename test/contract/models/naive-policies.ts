/** A policy as the textbook has it: slow, and obviously right. Least valuable first. */
export interface NaivePolicy {
  add(node: number): void;
  touch(node: number): void;
  remove(node: number): void;
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
