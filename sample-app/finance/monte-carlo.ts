/** What is put in, and for how long. */
export interface SavingsPlan {
  /** Wealth at the start. */
  start: number;
  /** Paid in at the end of each month. */
  monthly: number;
  months: number;
}

/**
 * Final wealth of many possible futures, ascending. Each month of each future draws one of the
 * historical returns at random, with replacement (a bootstrap): fat tails stay, the order is lost.
 */
export function simulateWealth(
  returns: readonly number[],
  plan: SavingsPlan,
  simulations: number,
  random: () => number,
): Float64Array {
  if (returns.length === 0) throw new RangeError('no returns to draw from');
  const history = Float64Array.from(returns);
  const outcomes = new Float64Array(simulations);
  for (let run = 0; run < simulations; run += 1) {
    let wealth = plan.start;
    for (let month = 0; month < plan.months; month += 1) {
      const drawn = history[Math.floor(random() * history.length)] ?? 0;
      wealth = wealth * (1 + drawn) + plan.monthly;
    }
    outcomes[run] = wealth;
  }
  return outcomes.sort();
}
