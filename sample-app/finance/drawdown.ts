/** The deepest fall from a peak to a later trough. */
export interface Drawdown {
  /** Share of the peak that was lost, 0 to 1. */
  depth: number;
  /** Position of the peak among the values. */
  peak: number;
  /** Position of the trough; the same as the peak's if the values never fell. */
  trough: number;
}

export function maxDrawdown(values: readonly number[]): Drawdown {
  let worst: Drawdown = { depth: 0, peak: 0, trough: 0 };
  let highest = -Infinity;
  let peak = 0;
  for (const [position, value] of values.entries()) {
    if (value > highest) {
      highest = value;
      peak = position;
    }
    const depth = 1 - value / highest;
    if (depth > worst.depth) worst = { depth, peak, trough: position };
  }
  return worst;
}
