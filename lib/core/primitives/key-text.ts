import { createHash } from 'node:crypto';

/** Above this the text is replaced by its hash. */
const LONGEST_TEXT = 256;

export function fold(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  return `#${createHash('sha256').update(text, 'utf16le').digest('base64url')}`;
}

export function encodeText(text: string): string {
  return textTag(text.length) + text;
}

/** What is before a text of so many characters. */
export function textTag(length: number): string {
  return `s${length}:`;
}

/** What is before a number. */
export const NUMBER_TAG = 'n';

export function encodeNumber(value: number): string {
  return NUMBER_TAG + (Object.is(value, -0) ? '-0' : value);
}

export function hashBytes(bytes: Uint8Array): string {
  return `${bytes.length}#${createHash('sha256').update(bytes).digest('base64url')}`;
}
