import { nearestName } from '../../core/primitives/nearest-name.js';

/** What a message about an unknown name ends with: the name that was probably meant, if there is one. */
export function nameHint(given: string, known: readonly string[], prefix = ''): string {
  const meant = nearestName(given, known);
  return meant === undefined ? '' : `; did you mean ${prefix}${meant}?`;
}
