import type { HttpRequest } from './http-exchange.js';

/** The cookies of a request: those a cookie middleware parsed, or those of the header. */
export function cookiesOf(request: HttpRequest): Record<string, unknown> {
  const { cookies } = request;
  if (typeof cookies === 'object' && cookies !== null) return cookies as Record<string, unknown>;
  const parsed: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const pair of String(request.headers['cookie'] ?? '').split(';')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim();
    if (equals < 1 || name in parsed) continue;
    parsed[name] = decoded(
      pair
        .slice(equals + 1)
        .trim()
        .replaceAll(/^"|"$/g, ''),
    );
  }
  return parsed;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
