import { noCleanup, type CleanupReport, type TierCleanupReport } from '../model/cache-stats.js';
import type { TierName } from '../model/options.js';
import { TimeSlice } from '../primitives/time-slice.js';
import type { Category } from '../stack/category.js';
import type { TierStack } from '../stack/tier-stack.js';

interface Step {
  readonly tier: TierName;
  readonly run: (report: TierCleanupReport, slice: TimeSlice) => Promise<void>;
}

/**
 * A maintenance pass: a list of steps, one a tier, each with a report of its own, done a slice of
 * time at a stretch. While one runs, a second call gets the same pass.
 */
export class Maintenance {
  readonly #categories: () => Iterable<Category>;
  readonly #stack: TierStack;
  #running: Promise<CleanupReport> | undefined;

  constructor(categories: () => Iterable<Category>, stack: TierStack) {
    this.#categories = categories;
    this.#stack = stack;
  }

  run(): Promise<CleanupReport> {
    this.#running ??= this.#pass().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #pass(): Promise<CleanupReport> {
    const started = performance.now();
    const slice = new TimeSlice();
    const report: CleanupReport = {
      expired: 0,
      evicted: 0,
      bytesFreed: 0,
      durationMs: 0,
      tiers: {},
    };
    for (const { tier, run } of this.#steps()) {
      const done = noCleanup();
      await run(done, slice);
      done.bytesFreed = Math.round(done.bytesFreed);
      report.tiers[tier] = done;
      report.expired += done.expired;
      report.evicted += done.evicted;
      report.bytesFreed += done.bytesFreed;
    }
    report.durationMs = performance.now() - started;
    return report;
  }

  #steps(): Step[] {
    return [
      { tier: 'memory', run: (report, slice) => this.#pruneMemory(report, slice) },
      ...this.#stack.lower.map((tier): Step => ({
        tier: tier.name,
        run: async (report) => {
          Object.assign(report, await this.#stack.prune(tier));
        },
      })),
    ];
  }

  async #pruneMemory(report: TierCleanupReport, slice: TimeSlice): Promise<void> {
    for (const { memory } of this.#categories()) {
      memory.startPrune();
      while (memory.pruneNext(report)) if (slice.spent()) await slice.rest();
    }
  }
}
