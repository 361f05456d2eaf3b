import { expect, it } from '@jest/globals';
import { nearestName } from '../../../lib/core/primitives/nearest-name.js';

const NAMES = ['ttl', 'key', 'keys', 'tags', 'tiers', 'category', 'varyBy', 'staleIfError'];

it.each<[string, string | undefined]>([
  ['varyby', 'varyBy'],
  ['TTL', 'ttl'],
  ['tll', 'ttl'],
  ['tl', undefined],
  ['teirs', 'tiers'],
  ['categroy', 'category'],
  ['categories', undefined],
  ['catgry', 'category'],
  ['staleOnError', 'staleIfError'],
  ['key s', 'keys'],
  ['max', undefined],
  ['lifetime', undefined],
  ['', undefined],
])('%j may mean %s', (given, meant) => {
  expect(nearestName(given, NAMES)).toBe(meant);
});
