import type { IgnoredNames } from './ignored-names.js';

/**
 * Parsers stop at some number of parameters, those that say nothing included: beyond it neither the order nor
 * an empty or ignored one is without a meaning, and a query counts as it was sent.
 */
const MOST_SORTED = 100;

/**
 * A raw query string in canonical order: `b=2&a=1` and `a=1&b=2` are one. Names that build one
 * value (`a=1&a=2`, `a[]=1&a[]=2`, `a[x]=1`) keep the order among themselves, for it has a meaning.
 */
export function canonicalQuery(query: string, ignored: IgnoredNames): string {
  if (query === '') return query;
  const sent = query.split('&');
  if (sent.length > MOST_SORTED) return query;
  let pairs = sent.filter((pair) => pair !== '');
  if (!ignored.isEmpty) pairs = pairs.filter((pair) => !ignored.has(nameOf(pair)));
  if (pairs.length < 2) return pairs.join('&');
  const named = pairs.map((pair) => ({ pair, base: baseOf(nameOf(pair)) }));
  // Sorting is stable, so equal bases stay in order.
  named.sort((one, other) => (one.base < other.base ? -1 : Number(one.base > other.base)));
  return named.map(({ pair }) => pair).join('&');
}

function nameOf(pair: string): string {
  return decoded(pair.split('=', 1)[0] ?? '');
}

function baseOf(name: string): string {
  // `[a]` is `a` for a parser of nested names.
  if (name.startsWith('[')) return name.slice(1).split(/[[\]]/, 1)[0] ?? name;
  const bracket = name.indexOf('[');
  return bracket > 0 ? name.slice(0, bracket) : name;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}
