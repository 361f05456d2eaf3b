import { grown, NO_INTS } from '../grown-column.js';

const FEWEST_DAYS = 16;

/** As many for each slot, so that a day can be one tick unless most ticks go by without newcomers. */
const DAYS_A_SLOT = 2;

/** Of so many slots due on one day each is put in its place among them; more are sorted. */
const FEW = 32;

/**
 * Slots by their ticks, of which the least is found in constant time, whatever ticks have grown meanwhile: nobody tells
 * the queue. A slot stays where it was put, and is put where it belongs by then when the day comes for which it waited.
 *
 * A day is so many ticks, a power of two, and a year so many days that there is one for each slot. Where a day is one tick, as in
 * a cache that is full and misses often, no two slots wait for the same day. Else each day of the
 * year has a list of the slots that wait for it, in no order; when the day comes, those that are due are set in order, and the others
 * wait for later days. All ticks are within a year: when they span more, or little of it, days are made longer or
 * shorter, and all slots are put anew, which, two times taken together, at least an eighth of a year has paid for.
 *
 * Brown, "Calendar queues: a fast O(1) priority queue implementation for the simulation event set problem", CACM
 * 31(10), 1988.
 */
export class CalendarQueue {
  size = 0;
  /** How often all slots were put anew. For tests. */
  putAnew = 0;
  /** The tick at which they were last. */
  private putAt = 0;
  /** By slot: its tick, from 1; less when it has gone, or never came; the owner's column. */
  private ticks: Int32Array = NO_INTS;
  /** By day of the year: the first slot that waits for it, plus 1; 0: there is none. */
  private firsts = new Int32Array(FEWEST_DAYS);
  /** Days a year, less one. */
  private mask = FEWEST_DAYS - 1;
  /** Ticks a day: 2 to the power of it. */
  private length = 0;
  /** Days that have come, the first of all being 0. Unless a day is a tick, today is over before now is. */
  private today = 0;

  // What follows is for longer days alone.
  /** By slot: the next one in its list, plus 2; 1: there is none; 0: it waits nowhere. */
  private nexts = NO_INTS;
  /** The first of the slots that were due when today came and are not done with, in order; -1: there is none. */
  private due = -1;

  /**
   * Makes room for as many slots as there are ticks.
   *
   * @param ticks by slot; each only grows as long as the slot waits, but for one that has gone
   * @param now the greatest tick so far
   */
  resize(ticks: Int32Array, now: number): void {
    const before = this.ticks.length;
    this.ticks = ticks;
    if (this.length > 0) this.nexts = grown(this.nexts, new Int32Array(ticks.length));
    let days = this.firsts.length;
    while (days < DAYS_A_SLOT * ticks.length) days *= 2;
    if (days === this.firsts.length) return;
    this.firsts = new Int32Array(days);
    this.mask = days - 1;
    this.putBelow(before, now);
  }

  /** A slot has come. @param tick no other slot has it or a greater one, and the slot has it already */
  add(slot: number, tick: number): void {
    this.size++;
    if (this.length > 0) return this.addToDay(slot, tick);
    if (tick - this.today > this.mask) return this.putAll(tick);
    this.firsts[tick & this.mask] = slot + 1;
  }

  /** A slot goes; from now on its tick is less than 0. */
  remove(slot: number): void {
    this.size--;
    if (slot !== this.due) return;
    this.due = this.nexts[slot]! - 2;
    this.nexts[slot] = 0;
  }

  /** The slot of the least tick, or -1. @param now the greatest tick so far */
  head(now: number): number {
    if (this.size === 0) return -1;
    if (this.length > 0) return this.headOfDay(now);
    const { ticks, firsts, mask } = this;
    let today = this.today;
    if (now - today > mask) {
      this.putAll(now);
      return this.head(now);
    }
    for (;;) {
      const slot = firsts[today & mask]! - 1;
      if (slot >= 0) {
        const tick = ticks[slot]!;
        if (tick === today) {
          this.today = today;
          return slot;
        }
        firsts[today & mask] = 0;
        // A slot that came anew waits at its own tick already.
        if (tick > today) firsts[tick & mask] = slot + 1;
      }
      today++;
    }
  }

  /** As `head`, of a queue that is not empty; and the slot has a tick of its own from now on, greater than all there were. */
  renewHead(tick: number): number {
    if (this.length > 0 || tick - this.today > this.mask) return this.renewHeadOfDay(tick);
    const { ticks, firsts, mask } = this;
    for (let today = this.today; ; today++) {
      const slot = firsts[today & mask]! - 1;
      if (slot < 0) continue;
      firsts[today & mask] = 0;
      const old = ticks[slot]!;
      if (old === today) {
        ticks[slot] = tick;
        firsts[tick & mask] = slot + 1;
        this.today = today + 1;
        return slot;
      }
      if (old > today) firsts[old & mask] = slot + 1;
    }
  }

  /** All ticks have become less, in the same order. @param now the greatest of them */
  restart(now: number): void {
    this.putAt = 0;
    this.putAll(now);
  }

  clear(): void {
    this.firsts.fill(0);
    this.nexts.fill(0);
    this.size = this.length = this.today = this.putAt = 0;
    this.due = -1;
  }

  /** All slots that have not gone, in no order. */
  *[Symbol.iterator](): Iterator<number> {
    for (let slot = 0; slot < this.ticks.length; slot++) if (this.ticks[slot]! > 0) yield slot;
  }

  /** Throws if a slot cannot be found in time. For tests. */
  checkInvariants(): void {
    const seen = new Set<number>();
    this.checkDue(seen);
    for (let ahead = 0; ahead <= this.mask; ahead++) {
      // Today's have been taken out of their list, or there is but the one.
      const day = this.today + ahead + (this.length > 0 ? 1 : 0);
      let slot = this.firsts[day & this.mask]! - 1;
      while (slot >= 0) {
        const tick = this.ticks[slot]!;
        if (this.length > 0 && seen.has(slot)) throw new Error(`calendar: ${slot} waits twice`);
        if (tick >> this.length < day && tick > 0 && !seen.has(slot))
          throw new Error(`calendar: ${slot} waits too long`);
        seen.add(slot);
        slot = this.length > 0 ? this.nexts[slot]! - 2 : -1;
      }
    }
    const live = [...this];
    if (live.length !== this.size || !live.every((slot) => seen.has(slot)))
      throw new Error(`calendar: ${this.size} slots, of which ${live.length} are known`);
  }

  private checkDue(seen: Set<number>): void {
    let last = 0;
    for (let slot = this.due; slot >= 0; slot = this.nexts[slot]! - 2) {
      if (seen.has(slot)) throw new Error(`calendar: ${slot} is due twice`);
      seen.add(slot);
      const tick = this.ticks[slot]!;
      if (tick >> this.length !== this.today) continue;
      if (tick < last) throw new Error(`calendar: ${slot} is due too late`);
      last = tick;
    }
  }

  /** It stays where it was put, as any slot does whose tick grows. */
  private renewHeadOfDay(tick: number): number {
    const slot = this.head(tick - 1);
    this.ticks[slot] = tick;
    return slot;
  }

  private addToDay(slot: number, tick: number): void {
    // One that had gone, and whose day has not come since, waits for it still, as if its tick had grown.
    if (this.nexts[slot] === 0) this.put(slot, tick >> this.length);
  }

  private put(slot: number, day: number): void {
    const at = day & this.mask;
    this.nexts[slot] = this.firsts[at]! + 1;
    this.firsts[at] = slot + 1;
  }

  /** @param day less than 0 of a slot that has gone */
  private putAgain(slot: number, day: number): void {
    if (day < 0) this.nexts[slot] = 0;
    else this.put(slot, day);
  }

  private headOfDay(now: number): number {
    for (;;) {
      const slot = this.due;
      if (slot < 0) {
        this.nextDay(now);
        if (this.length === 0) return this.head(now);
        continue;
      }
      const day = this.ticks[slot]! >> this.length;
      if (day === this.today) return slot;
      this.due = this.nexts[slot]! - 2;
      this.putAgain(slot, day);
    }
  }

  private nextDay(now: number): void {
    const left = (now >> this.length) - this.today;
    if (left > this.mask || left < this.mask >> 2) this.putAll(now);
    if (this.length === 0) return;
    const today = this.today + 1;
    const at = today & this.mask;
    let slot = this.firsts[at]! - 1;
    this.today = today;
    this.firsts[at] = 0;
    this.due = -1;
    let count = 0;
    while (slot >= 0) {
      const next = this.nexts[slot]! - 2;
      const tick = this.ticks[slot]!;
      if (tick >> this.length !== today) this.putAgain(slot, tick >> this.length);
      else this.setDue(slot, ++count > FEW ? 0 : tick);
      slot = next;
    }
    if (count > FEW) this.sortDue(count);
  }

  /** @param tick those of lesser ones that are due are before the slot */
  private setDue(slot: number, tick: number): void {
    const { nexts, ticks } = this;
    let before = -1;
    let after = this.due;
    while (after >= 0 && ticks[after]! < tick) {
      before = after;
      after = nexts[after]! - 2;
    }
    nexts[slot] = after + 2;
    if (before < 0) this.due = slot;
    else nexts[before] = slot + 2;
  }

  private sortDue(count: number): void {
    const { nexts, ticks } = this;
    const order = new Int32Array(count);
    for (let slot = this.due, at = 0; slot >= 0; slot = nexts[slot]! - 2) order[at++] = slot;
    order.sort((a, b) => ticks[b]! - ticks[a]!);
    this.due = -1;
    for (const slot of order) {
      nexts[slot] = this.due + 2;
      this.due = slot;
    }
  }

  /** Makes days as short as all ticks allow, and puts each slot where it belongs. */
  private putAll(now: number): void {
    this.firsts.fill(0);
    this.putBelow(this.ticks.length, now);
  }

  /** The same where nobody waits for any day yet. @param end no slot from it on has a tick: what was never written to is not read */
  private putBelow(end: number, now: number): void {
    const { ticks, mask } = this;
    this.putAnew++;
    let first = now;
    for (let slot = 0; slot < end; slot++) {
      const tick = ticks[slot]!;
      if (tick > 0 && tick < first) first = tick;
    }
    // All ticks may be hardly less than a year apart, again and again: then a quarter of it is left over.
    const isAgain = now - this.putAt <= (mask << this.length) >> 2;
    const most = isAgain ? mask - (mask >> 2) : mask - 1;
    this.putAt = now;
    this.length = 0;
    while ((now >> this.length) - (first >> this.length) >= most) this.length++;
    this.due = -1;
    if (this.length === 0) this.putInTicks(end, first);
    else this.putInDays(end, first);
  }

  private putInTicks(end: number, first: number): void {
    const { ticks, firsts, mask } = this;
    this.today = first;
    this.nexts = NO_INTS;
    for (let slot = 0; slot < end; slot++) {
      const tick = ticks[slot]!;
      if (tick > 0) firsts[tick & mask] = slot + 1;
    }
  }

  private putInDays(end: number, first: number): void {
    const { ticks } = this;
    this.today = (first >> this.length) - 1;
    this.nexts = new Int32Array(ticks.length);
    for (let slot = 0; slot < end; slot++) {
      const tick = ticks[slot]!;
      if (tick > 0) this.put(slot, tick >> this.length);
    }
  }
}
