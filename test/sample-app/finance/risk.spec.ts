import { describe, expect, it } from '@jest/globals';
import {
  averageCorrelation,
  correlationMatrix,
  pearson,
} from '../../../sample-app/finance/correlation.js';
import { maxDrawdown } from '../../../sample-app/finance/drawdown.js';
import { annualisedVolatility, standardDeviation } from '../../../sample-app/finance/volatility.js';

describe('volatility', () => {
  it('divides by n - 1: squares of 2, 4, 9 around 5 are 9 + 1 + 16, half of 26 is 13', () => {
    expect(standardDeviation([2, 4, 9])).toBeCloseTo(Math.sqrt(13), 12);
  });

  it('scales monthly returns by the root of twelve', () => {
    // Around 0.01: -0.03, 0, 0.03. Squares 0.0018, halved 0.0009, root 0.03.
    expect(annualisedVolatility([-0.02, 0.01, 0.04])).toBeCloseTo(0.03 * Math.sqrt(12), 12);
  });
});

describe('maxDrawdown', () => {
  it('finds the deepest fall, not the longest nor the last', () => {
    // 120 to 90 is a quarter; 150 to 75 is a half; 160 to 100 is three eighths.
    const fall = maxDrawdown([100, 120, 90, 150, 75, 160, 100]);
    expect(fall).toEqual({ depth: 0.5, peak: 3, trough: 4 });
  });

  it('measures from the highest point so far, over several steps', () => {
    expect(maxDrawdown([100, 80, 90, 40, 60])).toEqual({ depth: 0.6, peak: 0, trough: 3 });
  });

  it('is zero for values that never fall', () => {
    expect(maxDrawdown([1, 2, 2, 3])).toEqual({ depth: 0, peak: 0, trough: 0 });
  });
});

describe('correlation', () => {
  it('is 1 for a straight line up and -1 for a straight line down', () => {
    expect(pearson([1, 2, 3], [10, 20, 30])).toBeCloseTo(1, 12);
    expect(pearson([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
  });

  it('agrees with a calculation by hand', () => {
    // Off the means: -1.5 -0.5 0.5 1.5 and -1 -2 2 1. Products 5, squares 5 and 10.
    expect(pearson([1, 2, 3, 4], [2, 1, 5, 4])).toBeCloseTo(5 / Math.sqrt(50), 12);
  });

  it('refuses series of different lengths', () => {
    expect(() => pearson([1, 2], [1])).toThrow(RangeError);
  });

  it('is undefined for what never changes', () => {
    expect(pearson([1, 1, 1], [1, 2, 3])).toBeNaN();
  });

  it('makes a symmetric matrix with ones on the diagonal', () => {
    const matrix = correlationMatrix([
      [1, 2, 3, 4],
      [2, 1, 5, 4],
      [4, 3, 2, 1],
    ]);
    expect(matrix.map((row, position) => row[position])).toEqual([1, 1, 1]);
    expect(matrix[0]?.[1]).toBeCloseTo(5 / Math.sqrt(50), 12);
    expect(matrix[1]?.[0]).toBe(matrix[0]?.[1]);
    expect(matrix[0]?.[2]).toBeCloseTo(-1, 12);
  });

  it('averages what stands above the diagonal', () => {
    const matrix = [
      [1, 0.5, 0.2],
      [0.5, 1, -0.1],
      [0.2, -0.1, 1],
    ];
    expect(averageCorrelation(matrix)).toBeCloseTo(0.2, 12);
  });
});
