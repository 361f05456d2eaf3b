/**
 * Samples in the order of their last use, which tells how many, and how many bytes, were used since
 * a sample was: its stack distance (Mattson et al., "Evaluation techniques for storage hierarchies",
 * IBM Systems Journal, 1970). A use takes the next of `2 * capacity` positions; a Fenwick tree counts
 * the taken positions before one; when positions run out, those taken move together.
 */
export class RecencyOrder {
  size = 0;
  bytes = 0;
  private readonly positions: Uint16Array;
  /** The sample at a position, and one; 0: it was used again since, or is gone. Positions begin at 1. */
  private readonly samples: Uint16Array;
  private readonly counts: Uint16Array;
  private readonly weights: Float64Array;
  /** As `counts`, of bytes; empty if those are not kept, as `weights` is. */
  private readonly sums: Float64Array;
  private next = 1;
  private lowest = 1;

  /** @param weighed whether bytes are kept */
  constructor(capacity: number, weighed: boolean) {
    const positions = capacity * 2 + 1;
    this.positions = new Uint16Array(capacity);
    this.samples = new Uint16Array(positions);
    this.counts = new Uint16Array(positions);
    this.weights = new Float64Array(weighed ? capacity : 0);
    this.sums = new Float64Array(weighed ? positions : 0);
  }

  has(sample: number): boolean {
    return this.positions[sample] !== 0;
  }

  /** Puts a sample on top, be it in or not. */
  use(sample: number, bytes = this.weights[sample] ?? 0): void {
    if (this.has(sample)) this.remove(sample);
    if (this.next === this.samples.length) this.moveTogether();
    const position = this.next++;
    this.samples[position] = sample + 1;
    this.positions[sample] = position;
    this.size++;
    this.count(position, 1);
    this.weigh(sample, bytes);
  }

  remove(sample: number): void {
    const position = this.positions[sample]!;
    this.weigh(sample, 0);
    this.count(position, -1);
    this.size--;
    this.samples[position] = 0;
    this.positions[sample] = 0;
  }

  /** A sample has other bytes now, at the place where it is. */
  resize(sample: number, bytes: number): void {
    this.weigh(sample, bytes);
  }

  /** Samples used since this one was. */
  above(sample: number): number {
    let before = 0;
    for (let at = this.positions[sample]!; at > 0; at &= at - 1) before += this.counts[at]!;
    return this.size - before;
  }

  /** Bytes of the samples used since this one was, and of this one. */
  bytesDownTo(sample: number): number {
    if (this.sums.length === 0) return 0;
    let before = 0;
    for (let at = this.positions[sample]! - 1; at > 0; at &= at - 1) before += this.sums[at]!;
    return this.bytes - before;
  }

  bytesOf(sample: number): number {
    return this.weights[sample] ?? 0;
  }

  /** The sample that was not used for longest, or -1. */
  bottom(): number {
    if (this.size === 0) return -1;
    while (this.samples[this.lowest] === 0) this.lowest++;
    return this.samples[this.lowest]! - 1;
  }

  /** All of them, the one that was not used for longest first. */
  *fromBottom(): Generator<number> {
    for (let at = this.lowest; at < this.next; at++) {
      if (this.samples[at] !== 0) yield this.samples[at]! - 1;
    }
  }

  private count(position: number, by: number): void {
    for (let at = position; at < this.counts.length; at += at & -at) this.counts[at]! += by;
  }

  private weigh(sample: number, bytes: number): void {
    if (this.sums.length === 0) return;
    const more = bytes - this.weights[sample]!;
    if (more === 0) return;
    this.weights[sample] = bytes;
    this.bytes += more;
    for (let at = this.positions[sample]!; at < this.sums.length; at += at & -at) {
      this.sums[at]! += more;
    }
  }

  /** Rare enough, once in `capacity` uses, to cost each of them a few steps. */
  private moveTogether(): void {
    const samples = [...this.fromBottom()];
    this.samples.fill(0);
    this.counts.fill(0);
    this.sums.fill(0);
    for (const [at, sample] of samples.entries()) {
      this.samples[at + 1] = sample + 1;
      this.positions[sample] = at + 1;
      this.counts[at + 1] = 1;
      if (this.sums.length > 0) this.sums[at + 1] = this.weights[sample]!;
    }
    for (const tree of [this.counts, this.sums]) {
      for (let at = 1; at < tree.length; at++) {
        const parent = at + (at & -at);
        if (parent < tree.length) tree[parent]! += tree[at]!;
      }
    }
    this.next = samples.length + 1;
    this.lowest = 1;
  }
}
