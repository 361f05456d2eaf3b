import { noCleanup, type TierCleanupReport } from '../../model/cache-stats.js';
import type { DeadFiles } from './dead-files.js';
import type { EndedEntries } from './ended-entries.js';
import type { FolderScan } from './folder-scan.js';
import type { IndexedEntry } from './index/file-index.js';
import type { StoredFiles } from './stored-files.js';
import type { TrimTurn } from './trim-turn.js';

/** Files in hand at once. */
const BATCH = 64;

/** Of a write, while what is over the limit is being removed anyhow: enough for it not to grow. */
const KEEPING_PACE = 2;

/** Bytes on their way out above which a write that does not wait makes its own room. */
const FAR_BEHIND_BYTES = 8 * 1024 * 1024;

/** Who finds what there is to remove, and when. */
export interface CleanupParts {
  readonly dead: DeadFiles;
  readonly ended: EndedEntries;
  readonly scan: FolderScan;
  readonly turn: TrimTurn;
}

/** Removes what has expired and what is over the limits, a batch at a time. */
export class FolderCleanup {
  readonly #files: StoredFiles;
  readonly #dead: DeadFiles;
  readonly #ended: EndedEntries;
  readonly #scan: FolderScan;
  readonly #turn: TrimTurn;
  readonly #now: () => number;
  /** What writes have pushed out and is on its way. */
  readonly #evicting = new Set<Promise<void>>();
  #evictingBytes = 0;
  #trimming: Promise<TierCleanupReport> | undefined;
  #closing = false;
  /** Something was written, so that there may be more than the limits allow. */
  #hasGrown = false;
  /** Milliseconds of `performance.now()`. */
  #endsAt = Infinity;

  constructor(files: StoredFiles, { dead, ended, scan, turn }: CleanupParts, now: () => number) {
    this.#files = files;
    this.#dead = dead;
    this.#ended = ended;
    this.#scan = scan;
    this.#turn = turn;
    this.#now = now;
  }

  /**
   * What a process removes that has written and is about to end: its next cleanup never comes, and if it lived for less
   * than half a second it has not looked through the folder either. Many such ones would fill it. Never rejects.
   *
   * @param most milliseconds that it may take, but for what is in hand by then
   */
  async last(most: number): Promise<void> {
    if (!this.#hasGrown || most === 0) return;
    const began = performance.now();
    this.#endsAt = began + most;
    // Were it all spent on looking, nothing would go, and the next process had more to look at.
    await this.#scan.hurry(began + most / 2);
    await this.#removeExpired(noCleanup());
    await this.trimAll().catch(() => {});
  }

  /** A pass under way comes to its end with the batch in hand. */
  async stop(): Promise<void> {
    this.#closing = true;
    await this.#trimming?.catch(() => {});
  }

  /** Removes what has expired, what is over the limits, and what killed processes left behind. */
  async prune(): Promise<TierCleanupReport> {
    const report = noCleanup();
    if (!this.#files.folder.isThere()) return report;
    await this.#scan.complete();
    await this.#scan.catchUp();
    await this.#ended.take();
    await this.#dead.gone();
    await this.#removeExpired(report);
    const trimmed = await this.trimAll();
    report.evicted += trimmed.evicted;
    report.bytesFreed += trimmed.bytesFreed;
    await Promise.all(this.#evicting);
    await this.#files.spares.clear();
    this.#files.settle();
    return report;
  }

  get #isOver(): boolean {
    return this.#closing || performance.now() >= this.#endsAt;
  }

  async #removeExpired(report: TierCleanupReport): Promise<void> {
    while (!this.#isOver) {
      const expired = this.#files.index.takeExpired(this.#now(), BATCH);
      if (expired.length === 0) return;
      await Promise.all(
        expired.map(async (entry) => {
          if (!(await this.#files.unlinkOver(entry))) return;
          report.expired++;
          report.bytesFreed += entry.size;
          this.#files.removed(entry.category, entry.key, 'expired');
        }),
      );
    }
  }

  /** What a write has pushed out; where that is much, the rest goes in the background. */
  trim(category: string): void {
    this.#hasGrown = true;
    const isLeft = this.#trimming !== undefined && this.#scan.isShared;
    const victims = this.#files.index.victimsOf(category, isLeft ? KEEPING_PACE : BATCH);
    for (const victim of victims) this.#evictSoon(victim);
    if (victims.length === BATCH) void this.trimAll();
  }

  /**
   * As `trim`, of a write that does not wait: once much is on its way out it makes its room itself. Of many in one
   * turn of the event loop nothing would go before the last of them.
   */
  trimSync(category: string): void {
    const isBehind = this.#evicting.size >= BATCH || this.#evictingBytes >= FAR_BEHIND_BYTES;
    if (!isBehind) return this.trim(category);
    for (const victim of this.#files.index.victimsOf(category, BATCH)) {
      if (!this.#files.unlinkVictimSync(victim)) this.#evictSoon(victim);
    }
  }

  /** All that is over the limits, a batch at a time. */
  trimAll(): Promise<TierCleanupReport> {
    this.#trimming ??= this.#trimAlone().finally(() => {
      this.#trimming = undefined;
    });
    return this.#trimming;
  }

  /** Where others use the folder, not at the same time as they, and not what they have made room for. */
  async #trimAlone(): Promise<TierCleanupReport> {
    const { index } = this.#files;
    if (!this.#scan.isShared || index.overLimit().length === 0) return this.#trimInBatches();
    const turn = await this.#turn.take(() => this.#isOver || index.overLimit().length === 0);
    if (turn === undefined) return noCleanup();
    try {
      await this.#scan.forgetGone(() => this.#isOver);
      return await this.#trimInBatches();
    } finally {
      await turn.release();
    }
  }

  async #trimInBatches(): Promise<TierCleanupReport> {
    const { index } = this.#files;
    const report = noCleanup();
    while (!this.#isOver) {
      const [category] = index.overLimit();
      if (category === undefined) break;
      const victims = index.victimsOf(category, BATCH);
      const gone = await Promise.all(victims.map((victim) => this.#evict(victim)));
      for (const [at, { size }] of victims.entries()) {
        if (gone[at] !== true) continue;
        report.evicted++;
        report.bytesFreed += size;
      }
      await this.#files.inline.nextTurn();
    }
    return report;
  }

  #evictSoon(victim: IndexedEntry): void {
    this.#evictingBytes += victim.size;
    const evicting = this.#evictOrNext(victim).finally(() => {
      this.#evictingBytes -= victim.size;
      this.#evicting.delete(evicting);
    });
    this.#evicting.add(evicting);
  }

  /** One that another process has written or used meanwhile stays; then it is the turn of the next one. */
  async #evictOrNext(victim: IndexedEntry): Promise<void> {
    let next: IndexedEntry | undefined = victim;
    while (next !== undefined && !(await this.#evict(next, true))) {
      [next] = this.#files.index.victimsOf(victim.category, 1);
    }
  }

  /** Whether it was there, and is gone. One that cannot be removed is over the limit at the next scan as well. */
  async #evict(victim: IndexedEntry, first = false): Promise<boolean> {
    return this.#files.unlinkVictim(victim, first).catch(() => false);
  }
}
