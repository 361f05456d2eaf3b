/**
 * Whether a value can be consumed once only: a stream, an iterator, a `Response`, a `StreamableFile` of Nest. Kept, it
 * would be empty for everyone after the first.
 */
export function isSingleUse(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { pipe, on, getReader, next, bodyUsed, getStream, getHeaders } = value as Record<
    string,
    unknown
  >;
  return (
    (typeof pipe === 'function' && typeof on === 'function') ||
    typeof getReader === 'function' ||
    (typeof next === 'function' && (Symbol.iterator in value || Symbol.asyncIterator in value)) ||
    typeof bodyUsed === 'boolean' ||
    (typeof getStream === 'function' && typeof getHeaders === 'function')
  );
}
