/** Change from each value to the next, as a share: 100, 110, 99 gives 0.1, -0.1. */
export function returnsOf(values: readonly number[]): number[] {
  const returns: number[] = [];
  let previous: number | undefined;
  for (const value of values) {
    if (previous !== undefined) returns.push(value / previous - 1);
    previous = value;
  }
  return returns;
}

/** What all the returns together come to, one after the other. */
export function totalReturn(returns: readonly number[]): number {
  return returns.reduce((growth, step) => growth * (1 + step), 1) - 1;
}

/** The even yearly return that comes to `total` in this many months. */
export function annualisedReturn(total: number, months: number): number {
  return (1 + total) ** (12 / months) - 1;
}
