/**
 * Finds a sample by a number it has, its key's hash or its slot: open addressing over a column that the
 * caller owns, two bytes a place. A number stands in the column of at most one sample in the index.
 */
export class SampleIndex {
  private readonly column: Int32Array;
  /** A sample's number and one; 0 is an empty place. */
  private readonly places: Uint16Array;
  private readonly mask: number;

  /** @param column a place for each sample, a power of two of them, at most 32,768 */
  constructor(column: Int32Array) {
    this.column = column;
    this.places = new Uint16Array(column.length * 2);
    this.mask = this.places.length - 1;
  }

  /** The sample that has the number, or -1. */
  find(number: number): number {
    for (let at = this.home(number); ; at = (at + 1) & this.mask) {
      const sample = this.places[at]! - 1;
      if (sample < 0 || this.column[sample] === number) return sample;
    }
  }

  /** Puts in a sample whose number stands in the column. */
  add(sample: number): void {
    let at = this.home(this.column[sample]!);
    while (this.places[at] !== 0) at = (at + 1) & this.mask;
    this.places[at] = sample + 1;
  }

  /** Takes out a sample that is in; its number must still stand in the column. */
  delete(sample: number): void {
    let hole = this.home(this.column[sample]!);
    while (this.places[hole] !== sample + 1) hole = (hole + 1) & this.mask;
    // Those behind move up, so that no search ends at the hole before it has come to them.
    for (let at = (hole + 1) & this.mask; this.places[at] !== 0; at = (at + 1) & this.mask) {
      const home = this.home(this.column[this.places[at]! - 1]!);
      if (((at - home) & this.mask) < ((at - hole) & this.mask)) continue;
      this.places[hole] = this.places[at]!;
      hole = at;
    }
    this.places[hole] = 0;
  }

  private home(number: number): number {
    const mixed = Math.imul(number, 0x9e3779b1);
    return (mixed ^ (mixed >>> 15)) & this.mask;
  }
}
