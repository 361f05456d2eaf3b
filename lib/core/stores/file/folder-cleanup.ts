import type { TierCleanupReport } from '../../model/cache-stats.js';
import type { DeadFiles } from './dead-files.js';
import type { FolderScan } from './folder-scan.js';
import type { IndexedEntry } from './index/file-index.js';
import type { StoredFiles } from './stored-files.js';

/** Files in hand at once. */
const BATCH = 64;

/** Removes what has expired and what is over the limits, a batch at a time. */
export class FolderCleanup {
  readonly #files: StoredFiles;
  readonly #dead: DeadFiles;
  readonly #scan: FolderScan;
  readonly #now: () => number;
  #trimming: Promise<TierCleanupReport> | undefined;
  #closing = false;

  constructor(files: StoredFiles, dead: DeadFiles, scan: FolderScan, now: () => number) {
    this.#files = files;
    this.#dead = dead;
    this.#scan = scan;
    this.#now = now;
  }

  /** A pass under way comes to its end with the batch in hand. */
  stop(): void {
    this.#closing = true;
  }

  /** Removes what has expired, what is over the limits, and what killed processes left behind. */
  async prune(): Promise<TierCleanupReport> {
    const report = { expired: 0, evicted: 0, bytesFreed: 0 };
    if (!this.#files.folder.isThere()) return report;
    await this.#scan.complete();
    await this.#scan.catchUp();
    await this.#dead.gone();
    while (!this.#closing) {
      const expired = this.#files.index.takeExpired(this.#now(), BATCH);
      if (expired.length === 0) break;
      await Promise.all(
        expired.map(async (entry) => {
          if (!(await this.#files.unlinkOver(entry))) return;
          report.expired++;
          report.bytesFreed += entry.size;
          this.#files.removed(entry.category, entry.key, 'expired');
        }),
      );
    }
    const trimmed = await this.trimAll();
    report.evicted += trimmed.evicted;
    report.bytesFreed += trimmed.bytesFreed;
    await this.#files.lanes.idle();
    await this.#files.spares.clear();
    this.#files.settle();
    return report;
  }

  /** What a write has pushed out; where that is much, the rest goes in the background. */
  trim(category: string): void {
    const victims = this.#files.index.victimsOf(category, BATCH);
    for (const victim of victims) void this.#evictOrNext(victim);
    if (victims.length === BATCH) void this.trimAll();
  }

  /** All that is over the limits, a batch at a time. */
  trimAll(): Promise<TierCleanupReport> {
    this.#trimming ??= this.#trimInBatches().finally(() => {
      this.#trimming = undefined;
    });
    return this.#trimming;
  }

  async #trimInBatches(): Promise<TierCleanupReport> {
    const report = { expired: 0, evicted: 0, bytesFreed: 0 };
    for (const category of this.#files.index.overLimit()) {
      while (!this.#closing) {
        const victims = this.#files.index.victimsOf(category, BATCH);
        if (victims.length === 0) break;
        const gone = await Promise.all(victims.map((victim) => this.#evict(victim)));
        for (const [at, { size }] of victims.entries()) {
          if (gone[at] !== true) continue;
          report.evicted++;
          report.bytesFreed += size;
        }
        await this.#files.inline.nextTurn();
      }
    }
    return report;
  }

  /** One that another process has written or used meanwhile stays; then it is the turn of the next one. */
  async #evictOrNext(victim: IndexedEntry): Promise<void> {
    if (!(await this.#evict(victim))) this.trim(victim.category);
  }

  /** Whether it was there, and is gone. One that cannot be removed is over the limit at the next scan as well. */
  async #evict(victim: IndexedEntry): Promise<boolean> {
    return this.#files.unlinkVictim(victim).catch(() => false);
  }
}
