import type { StoreKey } from '../../../core/model/store-key.js';

const LONG = 'k'.repeat(100_000);

/** Each another text, however file systems, protocols and careless code would like to confuse them. */
export const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  '.',
  '..',
  '../../etc/passwd',
  '/etc/passwd',
  'C:\\temp\\x',
  'con',
  '\0',
  'a\0b',
  'a',
  'A',
  'a ',
  'a\r\nb',
  'p/q',
  'p:q',
  'p\\q',
  '*',
  '%2e%2e',
  '{"$ne":1}',
  '__proto__',
  'constructor',
  'toString',
  'undefined',
  '0',
  '-0',
  // The same letter, composed and not; half characters, a whole one, and what UTF-8 makes of halves.
  '\u00e9',
  'e\u0301',
  '\ud83d',
  '\ude00',
  '\ud83d\ude00',
  '\ude00\ud83d',
  '\ufffd',
  LONG,
  `${LONG}k`,
  `${LONG.slice(1)}l`,
];

/** Pairs of category and key that are the same when joined, with one separator or another. */
const ALIKE: readonly (readonly [category: string, key: string])[] = [
  ['a', 'b:c'],
  ['a:b', 'c'],
  ['a', 'b/c'],
  ['a/b', 'c'],
  ['ab', 'c'],
  ['a', 'bc'],
  ['abc', ''],
  ['', 'abc'],
  ['a\0b', 'c'],
  ['a', 'b\0c'],
  ['a","b', 'c'],
  ['a', 'b","c'],
  ['a', 'a'],
];

/** Every hostile text as a key and as a category, and all that could be mistaken for one another. */
export const HOSTILE_ADDRESSES: readonly StoreKey[] = [
  ...HOSTILE_TEXTS.map((key) => ({ category: 'keys', key })),
  ...HOSTILE_TEXTS.map((category) => ({ category, key: 'category' })),
  ...ALIKE.map(([category, key]) => ({ category, key })),
];
