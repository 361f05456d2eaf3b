import { beforeEach, describe, expect, it } from '@jest/globals';
import { ALL_SEEN, ExpiryScan, NONE_HERE } from '../../../../lib/core/stores/memory/expiry-scan.js';
import { PROCESS_HASH } from '../../../../lib/core/primitives/key-hash.js';
import { KeyTable } from '../../../../lib/core/stores/memory/key-table.js';
import { SlotColumns } from '../../../../lib/core/stores/memory/slot-columns.js';

describe('The scan for what has expired', () => {
  let columns: SlotColumns;
  let table: KeyTable;
  let scan: ExpiryScan;

  beforeEach(() => {
    columns = new SlotColumns(Infinity, false);
    table = new KeyTable(PROCESS_HASH, () => undefined);
    scan = new ExpiryScan(columns, table);
  });

  function put(key: string, expiresAt: number): number {
    if (columns.full) {
      columns.grow();
      table.resize(columns.pairs);
    }
    table.findForWrite(key);
    const slot = columns.take(key);
    table.add(slot);
    columns.write(slot, key, expiresAt, expiresAt, 0);
    return slot;
  }

  function drop(slot: number): void {
    table.remove(slot);
    columns.free(slot);
  }

  /** What the pass finds, and how many steps it took. */
  function finish(): { found: number[]; steps: number } {
    const found: number[] = [];
    for (let steps = 1; ; steps++) {
      const slot = scan.step();
      if (slot === ALL_SEEN) return { found, steps };
      if (slot !== NONE_HERE) found.push(slot);
    }
  }

  it('finds what has expired by its time, be it marked, and neither what is fresh nor what never expires', () => {
    const slots = [999, 1000, 1001, Infinity, 500, 500].map((end, at) => put(`k${at}`, end));
    columns.mark(slots[4]!);
    columns.mark(slots[2]!);
    drop(slots[5]!);
    scan.start(1000);
    expect(finish().found).toEqual([slots[0], slots[1], slots[4]]);
    // Nobody has removed them: the next pass finds them again, and at an earlier time only what was over by then.
    scan.start(500);
    expect(finish().found).toEqual([slots[4]]);
  });

  it('goes by when an entry may not be served stale any more', () => {
    const fresh = put('fresh', 100);
    const over = put('over', 100);
    columns.splitStale();
    columns.write(fresh, 'fresh', 100, 1001, 0);
    scan.start(1000);
    expect(finish().found).toEqual([over]);
  });

  it('does not hold its caller up over many entries of which none has expired', () => {
    for (let at = 0; at < 10_000; at++) put(`k${at}`, 2000);
    const last = put('last', 1);
    scan.start(1000);
    expect(scan.step()).toBe(NONE_HERE);
    const { found, steps } = finish();
    expect(found).toEqual([last]);
    expect(steps).toBeGreaterThan(39);
  });

  it('rests at any step, while entries go and others come into their slots', () => {
    const slots = Array.from({ length: 9 }, (_, at) => put(`k${at}`, 10));
    scan.start(1000);
    expect(scan.step()).toBe(slots[0]);
    drop(slots[0]!);
    drop(slots[3]!);
    expect(put('newer', 5000)).toBe(slots[3]);
    for (const slot of slots.slice(5)) drop(slot);
    expect(finish().found).toEqual([slots[1], slots[2], slots[4]]);
  });

  it('finds nothing where nothing is left', () => {
    put('a', 1);
    scan.start(10);
    table.clear();
    columns.clear();
    expect(finish().found).toEqual([]);
  });
});
