/** The token of a provider, for people. */
export function tokenName(token: unknown): string {
  return typeof token === 'function' ? token.name : String(token);
}
