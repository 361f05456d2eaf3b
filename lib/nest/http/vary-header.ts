import type { HttpExchange } from './http-exchange.js';

/** Alone or among other names. */
const ALL = /(?:^|,)\s*\*\s*(?:,|$)/;

/** Whether a `Vary` says that no other request is alike. */
export function variesByAll(header: unknown): boolean {
  return ALL.test(String(header ?? ''));
}

/** The names in a `Vary`. */
export function namesIn(header: unknown): string[] {
  const text = Array.isArray(header) ? header.join(',') : ((header as string | undefined) ?? '');
  return text === '' ? [] : text.split(',').map((name) => name.trim());
}

/** Has the response's `Vary` name these, beside what somebody else has it name for this request. */
export function addToVary(exchange: HttpExchange, names: readonly string[]): void {
  const present = namesIn(exchange.header('vary'));
  const known = new Set(present.map((name) => name.toLowerCase()));
  if (known.has('*')) return;
  const missing = names.filter((name) => !known.has(name.toLowerCase()));
  if (missing.length > 0) exchange.setHeader('Vary', [...present, ...missing].join(', '));
}
