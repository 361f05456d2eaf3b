import type { KeyTable } from './key-table.js';
import type { SlotColumns } from './slot-columns.js';

/** Slots looked at in one step: a microsecond, or ten before the code is hot. Some sixty steps go by between two looks at the time. */
const SLOTS_A_STEP = 256;

/** What a step answers that has found nothing, and that there is nothing left to look through. */
export const NONE_HERE = -1;
export const ALL_SEEN = -2;

/**
 * Which entries have expired: a pass looks through the column of expiries from end to end, a step at a time, so
 * that it can rest in between; entries may come, change and go meanwhile. A million slots are a few
 * milliseconds an hour. An index that would find them at once, a timing wheel, is paid for by each write
 * and each removal, which are a million times as many, and by eight bytes an entry.
 */
export class ExpiryScan {
  private readonly columns: SlotColumns;
  private readonly table: KeyTable;
  private now = 0;
  private next = 0;

  constructor(columns: SlotColumns, table: KeyTable) {
    this.columns = columns;
    this.table = table;
  }

  /** Begins a pass, be the last one finished or not. @param now epoch milliseconds */
  start(now: number): void {
    this.now = now;
    this.next = 0;
  }

  /** A slot whose entry had expired when the pass began, NONE_HERE, or ALL_SEEN when the pass is over. */
  step(): number {
    const { staleUntil, end } = this.columns;
    if (this.next >= end) return ALL_SEEN;
    const to = Math.min(this.next + SLOTS_A_STEP, end);
    const now = this.now;
    for (let slot = this.next; slot < to; slot++) {
      // What a free slot has there is no time.
      if (Math.abs(staleUntil[slot]!) > now || !this.table.holds(slot)) continue;
      this.next = slot + 1;
      return slot;
    }
    this.next = to;
    return NONE_HERE;
  }
}
