import { grown } from '../grown-column.js';

const FEWEST_DAYS = 16;

/** Of so many slots due on one day each is moved to its place among them; more are sorted. */
const FEW = 32;

/**
 * Slots by their ticks, of which the least is found in constant time, whatever ticks have grown meanwhile: nobody tells
 * the queue. A slot stays where it was put, and is put where it belongs by then when the day comes for which it waited.
 *
 * A day is so many ticks, a power of two, and a year so many days that there is one for each slot. Each day of the year has a
 * list of the slots that wait for it, in no order. When the day comes, those that are due are set in order, and the others
 * wait for later days. All ticks are within a year: when they span more, or little of it, days are made longer or
 * shorter, and all slots are put anew, which at least a quarter of a year has paid for.
 *
 * Brown, "Calendar queues: a fast O(1) priority queue implementation for the simulation event set problem", CACM
 * 31(10), 1988.
 */
export class CalendarQueue {
  size = 0;
  /** By slot: its tick, or less than 0 when it has gone; the owner's column. */
  private ticks: Int32Array = new Int32Array(0);
  /** By slot: the next one in its list, plus 2; 1: there is none, or the slot is due; 0: it waits nowhere. */
  private nexts = new Int32Array(0);
  /** By day of the year: the first slot in the day's list, plus 1; 0: there is none. */
  private firsts = new Int32Array(FEWEST_DAYS);
  /** Days a year, less one. */
  private mask = FEWEST_DAYS - 1;
  /** Ticks a day: 2 to the power of it. */
  private length = 0;
  /** Days that have come, the first of all being 0. Today is over before now is, unless a day is a tick. */
  private today = 0;
  /** Slots that were due when today came, in order, how many there were, and how many are done with. */
  private due = new Int32Array(FEWEST_DAYS);
  private dueCount = 0;
  private done = 0;

  /**
   * Makes room for as many slots as there are ticks.
   *
   * @param ticks by slot; each only grows as long as the slot waits, but for one that has gone
   * @param now the greatest tick so far
   */
  resize(ticks: Int32Array, now: number): void {
    this.ticks = ticks;
    this.nexts = grown(this.nexts, new Int32Array(ticks.length));
    let days = this.firsts.length;
    while (days < ticks.length) days *= 2;
    if (days === this.firsts.length) return;
    this.firsts = new Int32Array(days);
    this.mask = days - 1;
    this.putAll(now);
  }

  /** A slot has come. @param tick no other slot has it or a greater one */
  add(slot: number, tick: number): void {
    this.size++;
    // One that had gone, and whose day has not come since, waits for it still, as if its tick had grown.
    if (this.nexts[slot] === 0) this.put(slot, tick >> this.length);
  }

  /** A slot goes; from now on its tick is less than 0. */
  remove(slot: number): void {
    this.size--;
    if (this.done === this.dueCount || this.due[this.done] !== slot) return;
    this.done++;
    this.nexts[slot] = 0;
  }

  /** The slot of the least tick, or -1. @param now the greatest tick so far */
  head(now: number): number {
    if (this.size === 0) return -1;
    for (;;) {
      while (this.done < this.dueCount) {
        const slot = this.due[this.done]!;
        const day = this.ticks[slot]! >> this.length;
        if (day === this.today) return slot;
        this.done++;
        this.putAgain(slot, day);
      }
      this.nextDay(now);
    }
  }

  clear(): void {
    this.firsts.fill(0);
    this.nexts.fill(0);
    this.size = this.length = this.today = this.dueCount = this.done = 0;
  }

  /** All slots that have not gone, in no order. */
  *[Symbol.iterator](): Iterator<number> {
    for (let slot = 0; slot < this.nexts.length; slot++) {
      if (this.nexts[slot] !== 0 && this.ticks[slot]! >= 0) yield slot;
    }
  }

  /** Throws if a slot cannot be found in time. For tests. */
  checkInvariants(): void {
    const seen = new Set<number>(this.due.subarray(this.done, this.dueCount));
    let last = 0;
    for (const slot of seen) {
      const tick = this.ticks[slot]!;
      if (tick >> this.length !== this.today) continue;
      if (tick < last) throw new Error(`calendar: ${slot} is due too late`);
      last = tick;
    }
    for (let day = this.today + 1; day <= this.today + this.firsts.length; day++) {
      let slot = this.firsts[day & this.mask]! - 1;
      for (; slot >= 0; slot = this.nexts[slot]! - 2) {
        const tick = this.ticks[slot]!;
        if (seen.has(slot)) throw new Error(`calendar: ${slot} waits twice`);
        if (tick >= 0 && tick >> this.length < day)
          throw new Error(`calendar: ${slot} waits too long`);
        seen.add(slot);
      }
    }
    const live = [...this];
    if (live.length !== this.size || !live.every((slot) => seen.has(slot)))
      throw new Error(`calendar: ${this.size} slots, of which ${live.length} are known`);
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

  private nextDay(now: number): void {
    const left = (now >> this.length) - this.today;
    if (left > this.mask || (this.length > 0 && left < this.mask >> 2)) this.putAll(now);
    const today = ++this.today;
    const at = today & this.mask;
    let slot = this.firsts[at]! - 1;
    this.firsts[at] = 0;
    let count = 0;
    while (slot >= 0) {
      const next = this.nexts[slot]! - 2;
      const day = this.ticks[slot]! >> this.length;
      if (day === today) {
        if (count === this.due.length) this.due = grown(this.due, new Int32Array(2 * count));
        this.due[count++] = slot;
      } else this.putAgain(slot, day);
      slot = next;
    }
    this.done = 0;
    this.dueCount = count;
    if (count > 1) this.sortDue();
  }

  private sortDue(): void {
    const { due, dueCount, ticks } = this;
    if (dueCount > FEW) {
      due.subarray(0, dueCount).sort((a, b) => ticks[a]! - ticks[b]!);
      return;
    }
    for (let sorted = 1; sorted < dueCount; sorted++) {
      const slot = due[sorted]!;
      let place = sorted;
      for (; place > 0 && ticks[due[place - 1]!]! > ticks[slot]!; place--) {
        due[place] = due[place - 1]!;
      }
      due[place] = slot;
    }
  }

  /** Makes days as short as all ticks allow, and puts each slot where it belongs. */
  private putAll(now: number): void {
    const { ticks, nexts } = this;
    let first = now;
    for (let slot = 0; slot < nexts.length; slot++) {
      if (nexts[slot] === 0) continue;
      const tick = ticks[slot]!;
      if (tick < 0) nexts[slot] = 0;
      else if (tick < first) first = tick;
    }
    this.length = 0;
    while ((now >> this.length) - (first >> this.length) >= this.mask - 1) this.length++;
    this.today = (first >> this.length) - 1;
    this.dueCount = this.done = 0;
    this.firsts.fill(0);
    for (let slot = 0; slot < nexts.length; slot++) {
      if (nexts[slot] !== 0) this.put(slot, ticks[slot]! >> this.length);
    }
  }
}
