export interface Holding {
  ticker: string;
  shares: number;
}

export interface Portfolio {
  portfolioId: string;
  name: string;
  holdings: readonly Holding[];
}

/** On everything cached that would be wrong after the holdings changed, answers of routes included. */
export function portfolioTag(portfolioId: string): string {
  return `portfolio:${portfolioId}`;
}

/** For `tags` of `@Cached`: every answer about a portfolio says which one it is about. */
export function portfolioTags(answer: { portfolioId: string }): string[] {
  return [portfolioTag(answer.portfolioId)];
}
