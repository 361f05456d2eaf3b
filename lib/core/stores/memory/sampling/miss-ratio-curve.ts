/** How far the curve reaches, in limits. */
export const FARTHEST = 4;

/** Sizes told apart within one limit. */
const BINS_A_LIMIT = 64;

const BINS = FARTHEST * BINS_A_LIMIT;

/**
 * How large a cache each access would have needed to be a hit, in shares of the limit, and so the hit
 * ratio at every size up to `FARTHEST` limits. An access counts for as many as its sample stands for.
 *
 * Of some accesses it is only known that a certain size would not have done: their last use was before
 * the watching began. They count as long as it is known what became of them, and no longer (Kaplan and
 * Meier, "Nonparametric estimation from incomplete observations", JASA 1958).
 */
export class MissRatioCurve {
  private readonly hits = new Float64Array(BINS);
  private readonly unknowns = new Float64Array(BINS);
  /** Accesses that no size would have made hits, or none within reach. */
  private never = 0;

  /** A hit in a cache of this many limits or more. */
  reused(limits: number, accesses: number): void {
    const bin = binOf(limits);
    if (bin < BINS) this.hits[bin]! += accesses;
    else this.never += accesses;
  }

  /** No hit in a cache of fewer limits than this; beyond, nobody knows. */
  unknown(limits: number, accesses: number): void {
    const bin = binOf(limits);
    if (bin < BINS) this.unknowns[bin]! += accesses;
    else this.never += accesses;
  }

  /** A miss at any size. */
  missed(accesses: number): void {
    this.never += accesses;
  }

  /** Half of what was counted is forgotten, so that the curve follows the traffic. */
  fade(): void {
    for (let bin = 0; bin < BINS; bin++) {
      this.hits[bin]! /= 2;
      this.unknowns[bin]! /= 2;
    }
    this.never /= 2;
  }

  /**
   * Hit ratio at each of the sizes, ascending and in limits.
   *
   * @param accesses how many there were. Samples stand for more or fewer, chiefly by how many of the
   *   hottest keys are among them, and those hit at any size: the difference is made up there (SHARDS-adj)
   */
  hitRates(sizes: readonly number[], accesses: number): number[] {
    let atRisk = accesses;
    let missed = 1;
    let bin = 0;
    let hits = accesses - this.counted();
    return sizes.map((size) => {
      for (const end = Math.min(BINS, Math.round(size * BINS_A_LIMIT)); bin < end; bin++) {
        hits += this.hits[bin]!;
        // Less than none, if samples stand for too many: the next sizes make up for it.
        if (hits > 0 && atRisk > 0) {
          missed *= clamped(1 - hits / atRisk);
          atRisk -= hits;
          hits = 0;
        }
        atRisk -= this.unknowns[bin]!;
      }
      return clamped(1 - missed);
    });
  }

  /** Accesses that the samples stand for. */
  counted(): number {
    let sum = this.never;
    for (let bin = 0; bin < BINS; bin++) sum += this.hits[bin]! + this.unknowns[bin]!;
    return sum;
  }
}

/** The bin that a cache of `limits` is the least size of. */
function binOf(limits: number): number {
  // A hair less: a distance that is a bin's edge but for rounding belongs below it.
  return Math.max(0, Math.ceil(limits * BINS_A_LIMIT - 1e-9) - 1);
}

function clamped(share: number): number {
  return Math.min(1, Math.max(0, share));
}
