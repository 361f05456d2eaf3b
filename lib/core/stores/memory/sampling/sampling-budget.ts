/** Recorded accesses that one stretch of watching may cost: some ten milliseconds in all. */
export const STRETCH = 65_536;

/** Of the accesses, the share that may be recorded: 50 ns each are a hundredth of a hit then. */
const SHARE = 1 / 512;

/** Whatever the traffic: a thousand records take a ten-thousandth of a second. */
const RECORDS_A_MS = 1;

/**
 * When to watch and when to rest. What is recorded is paid for by all accesses, and by time: a cache
 * with fewer than a thousand sampled accesses a second is watched always, a busier one in stretches.
 */
export class SamplingBudget {
  resting = false;
  private left = STRETCH;
  private accesses = 0;
  private records = 0;
  private now: number;

  constructor(now: number) {
    this.now = now;
  }

  /**
   * Counts are of all there were since the start. True if watching or resting has just ended.
   *
   * @param now epoch milliseconds
   */
  spend(accesses: number, records: number, now: number): boolean {
    const earned = (accesses - this.accesses) * SHARE + (now - this.now) * RECORDS_A_MS;
    this.left = Math.min(STRETCH, this.left + Math.max(0, earned) - (records - this.records));
    this.accesses = accesses;
    this.records = records;
    this.now = now;
    if (this.left > 0 && this.left < STRETCH) return false;
    const resting = this.left <= 0;
    if (resting === this.resting) return false;
    this.resting = resting;
    return true;
  }
}
