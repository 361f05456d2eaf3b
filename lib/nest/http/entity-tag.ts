import { createHash } from 'node:crypto';

/** A strong entity tag: other bytes, or bytes of another type, have another one. No body has one too. */
export function entityTagOf(body: string | Buffer = '', type?: string): string {
  const hash = createHash('sha256').update(type ?? '');
  return `"${hash.update('\n').update(body).digest('base64url').slice(0, 27)}"`;
}

/**
 * Whether an `If-None-Match` names the tag: `*`, or a list of tags, which are compared weakly
 * (RFC 9110, 13.1.2).
 */
export function namesTag(ifNoneMatch: string, tag: string): boolean {
  if (ifNoneMatch.trim() === '*') return true;
  const wanted = opaque(tag);
  for (const [listed] of ifNoneMatch.matchAll(/(?:W\/)?"[^"]*"/g)) {
    if (opaque(listed) === wanted) return true;
  }
  return false;
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
