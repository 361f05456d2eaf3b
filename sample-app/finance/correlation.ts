import { mean } from './volatility.js';

/** Pearson's coefficient, -1 to 1; `NaN` where one of the two never changes. */
export function pearson(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} values against ${b.length}`);
  const meanA = mean(a);
  const meanB = mean(b);
  let together = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (const [position, value] of a.entries()) {
    const offA = value - meanA;
    const offB = (b[position] ?? Number.NaN) - meanB;
    together += offA * offB;
    squaresA += offA ** 2;
    squaresB += offB ** 2;
  }
  return together / Math.sqrt(squaresA * squaresB);
}

/** The coefficient of each series with each; ones on the diagonal. */
export function correlationMatrix(series: readonly (readonly number[])[]): number[][] {
  return series.map((a, row) => series.map((b, column) => (row === column ? 1 : pearson(a, b))));
}

/** Mean of what stands above the diagonal: how alike the series are, taken two by two. */
export function averageCorrelation(matrix: readonly (readonly number[])[]): number {
  return mean(matrix.flatMap((row, position) => row.slice(position + 1)));
}
