/** For answers only: what is calculated with stays exact. */
export function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}

export const toCents = (money: number): number => round(money, 2);

/** Shares such as returns and weights, to a ten-thousandth of a per cent. */
export const toRate = (share: number): number => round(share, 6);
