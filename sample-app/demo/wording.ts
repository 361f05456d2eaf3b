/** Three digits and the unit in which they read best: `820 ns`, `4.31 µs`, `12.5 ms`. */
export function duration(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toPrecision(3)} s`;
  if (ms >= 0.999_5) return `${threeDigits(ms)} ms`;
  if (ms >= 0.000_999_5) return `${threeDigits(ms * 1000)} µs`;
  return `${Math.round(ms * 1e6)} ns`;
}

const DOLLARS = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const WHOLE = new Intl.NumberFormat('en-US');

/** `$1,169.43`; a million and more without cents. */
export function dollars(amount: number): string {
  return amount < 1e6 ? DOLLARS.format(amount) : `$${WHOLE.format(Math.round(amount))}`;
}

export function count(amount: number): string {
  return WHOLE.format(amount);
}

export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`;
}

function threeDigits(amount: number): string {
  return amount >= 99.95 ? String(Math.round(amount)) : amount.toPrecision(3);
}
