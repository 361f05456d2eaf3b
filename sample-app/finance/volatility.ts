const MONTHS_A_YEAR = 12;

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation of a sample (divided by n - 1); `NaN` for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** Standard deviation of monthly returns, scaled to a year. */
export function annualisedVolatility(monthlyReturns: readonly number[]): number {
  return standardDeviation(monthlyReturns) * Math.sqrt(MONTHS_A_YEAR);
}
