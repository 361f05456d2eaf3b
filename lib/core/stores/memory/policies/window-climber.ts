/** The window's share to begin with, and the least it falls to but for rounding. */
const LEAST_SHARE = 0.01;
/** What the rest of the cache always keeps for entries on probation. */
const MOST_SHARE = 0.8;
const FIRST_STEP = 0.0625;
/** A step is so much of the one before. */
const DECAY = 0.98;
/** A change of the hit ratio so large starts over with large steps. */
const UPHEAVAL = 0.05;
/** Requests for each entry that fits, before the hit ratio is looked at. */
const SAMPLE_AN_ENTRY = 10;

/**
 * Finds the share of the window as a walker finds a summit in fog: a step, and if the hit ratio of
 * the next sample is no worse another one the same way, else one back. Steps grow smaller, until the hit
 * ratio changes so much that the mountain must be another one.
 *
 * Einziger, Eytan, Friedman and Manes, "Adaptive software cache management", Middleware 2018.
 */
export class WindowClimber {
  share = LEAST_SHARE;
  private step = -FIRST_STEP;
  private lastRatio = 0;
  private hits = 0;
  private misses = 0;
  private sample = SAMPLE_AN_ENTRY;

  resize(entries: number): void {
    this.sample = SAMPLE_AN_ENTRY * entries;
  }

  hit(): void {
    this.hits++;
  }

  /** True if the share has changed. */
  miss(): boolean {
    const asked = ++this.misses + this.hits;
    if (asked < this.sample) return false;
    const ratio = this.hits / asked;
    this.hits = this.misses = 0;
    return this.climb(ratio);
  }

  clear(): void {
    this.share = LEAST_SHARE;
    this.step = -FIRST_STEP;
    this.lastRatio = this.hits = this.misses = 0;
  }

  private climb(ratio: number): boolean {
    const change = ratio - this.lastRatio;
    this.lastRatio = ratio;
    const step = change >= 0 ? this.step : -this.step;
    this.step = Math.abs(change) >= UPHEAVAL ? Math.sign(step) * FIRST_STEP : step * DECAY;
    const before = this.share;
    this.share = Math.min(MOST_SHARE, Math.max(LEAST_SHARE, before + step));
    return this.share !== before;
  }
}
