export interface Position {
  ticker: string;
  shares: number;
  price: number;
  value: number;
  /** Share of the portfolio's value, 0 to 1. */
  weight: number;
}

export interface Valuation {
  portfolioId: string;
  name: string;
  /** The last month in which every holding has a price. */
  month: string;
  value: number;
  positions: Position[];
}

export interface Performance {
  portfolioId: string;
  from: string;
  to: string;
  totalReturn: number;
  annualisedReturn: number;
  volatility: number;
  maxDrawdown: { depth: number; from: string; to: string };
}

export interface Correlation {
  portfolioId: string;
  from: string;
  to: string;
  tickers: string[];
  /** Row and column in the order of `tickers`. */
  matrix: number[][];
}
