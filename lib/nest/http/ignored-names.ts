import { CacheOptionsError } from '../../core/primitives/errors.js';

const EXPECTED = "a list of names of query parameters, where * stands for anything: ['utm_*']";

/** Names of query parameters on which the answer does not depend. */
export class IgnoredNames {
  readonly #exact = new Set<string>();
  /** The parts between the wildcards of a name. No regular expression: a user's could be slow. */
  readonly #patterns: string[][] = [];

  /** @throws CacheOptionsError naming `option` */
  constructor(names: unknown, option: string) {
    if (names === undefined) return;
    const isList = Array.isArray(names) && names.every(isName);
    if (!isList) throw new CacheOptionsError(option, names, EXPECTED);
    for (const name of names as string[]) {
      if (name.includes('*')) this.#patterns.push(name.split('*'));
      else this.#exact.add(name);
    }
  }

  get isEmpty(): boolean {
    return this.#exact.size === 0 && this.#patterns.length === 0;
  }

  has(name: string): boolean {
    return this.#exact.has(name) || this.#patterns.some((parts) => fits(name, parts));
  }
}

function isName(name: unknown): boolean {
  return typeof name === 'string' && name !== '' && !/[&=\s]/.test(name);
}

/** Each part as early as it can stand, the last one at the end. */
function fits(name: string, parts: readonly string[]): boolean {
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
