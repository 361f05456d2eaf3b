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
  const named = pairs.map((pair) => ({ pair, base: baseOf(pair) }));
  if (named.some(({ base }) => base === undefined)) return pairs.join('&');
  // Sorting is stable, so equal bases stay in order.
  named.sort(({ base: one = '' }, { base: other = '' }) =>
    one < other ? -1 : Number(one > other),
  );
  return named.map(({ pair }) => pair).join('&');
}

function nameOf(pair: string): string {
  const sent = sentNameOf(pair);
  return decoded(sent) ?? sent;
}

function sentNameOf(pair: string): string {
  return pair.split('=', 1)[0] ?? '';
}

/** A parser of nested names ends one there, whatever stands before. */
const END_OF_NESTED = /(?:\]|%5d)=/i;

/**
 * The name of the value that a pair takes part in; nothing where it may be that of any other: for parsers, names that
 * cannot be decoded are alike, `[]` is the next free number, and of `a=b]=1` they take another part for the name.
 */
function baseOf(pair: string): string | undefined {
  const sent = sentNameOf(pair);
  const name = decoded(sent);
  if (name === undefined || END_OF_NESTED.test(pair.slice(sent.length + 1))) return undefined;
  // `[a]` is `a` for a parser of nested names.
  if (name.startsWith('[')) return name.slice(1).split(/[[\]]/, 1)[0] || undefined;
  const bracket = name.indexOf('[');
  return bracket > 0 ? name.slice(0, bracket) : name;
}

function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
