import { describe, expect, it } from '@jest/globals';
import { canonicalQuery } from '../../../../lib/nest/http/canonical-query.js';
import { IgnoredNames } from '../../../../lib/nest/http/ignored-names.js';

const none = new IgnoredNames(undefined, 'ignoreQuery');

describe('A query in canonical order', () => {
  it.each([
    ['b=2&a=1', 'a=1&b=2'],
    ['b[x]=2&a=1', 'a=1&b[x]=2'],
    ['[b]=2&a=1', 'a=1&[b]=2'],
  ])('is the same for both orders of two names: %s', (one, other) => {
    expect(canonicalQuery(one, none)).toBe(canonicalQuery(other, none));
  });

  it.each([
    ['a=1&a=2', 'a=2&a=1'],
    ['a[]=1&a=2', 'a=2&a[]=1'],
    ['a%5B%5D=1&a=2', 'a=2&a%5B%5D=1'],
    ['a%5Bx%5D=1&a=2', 'a=2&a%5Bx%5D=1'],
    // A parser of nested names takes these for the same name as well.
    ['[a]=1&a=2', 'a=2&[a]=1'],
    ['[a][]=1&a[]=2', 'a[]=2&[a][]=1'],
    // What has no name gets the next free number there.
    ['[0]=1&[]=2', '[]=2&[0]=1'],
    ['0=1&[]=2', '[]=2&0=1'],
    // It takes the last of these for the name of the first.
    ['a=[0]=1&a%3D=2', 'a%3D=2&a=[0]=1'],
    // Names that cannot be decoded are one, and that of the sign in their place.
    ['%E9=1&%FF=2', '%FF=2&%E9=1'],
    ['%E9=1&%EF%BF%BD=2', '%EF%BF%BD=2&%E9=1'],
  ])('is another where the order is that of one value: %s', (one, other) => {
    expect(canonicalQuery(one, none)).not.toBe(canonicalQuery(other, none));
  });

  it('leaves out what says nothing, or is ignored', () => {
    expect(canonicalQuery('&&b=2&&a=1&', none)).toBe('a=1&b=2');
    const utm = new IgnoredNames(['utm_*'], 'ignoreQuery');
    expect(canonicalQuery('utm_x=1&b=2&utm_&a=1', utm)).toBe('a=1&b=2');
  });

  // A parser counts these too, and stops at some number of parameters: it then finds no `a`.
  it.each([
    ['empty ones', `${'&'.repeat(1000)}a=1`],
    ['ignored ones', `${'utm_x&'.repeat(1000)}a=1`],
  ])('is as it was sent behind very many %s', (_what, query) => {
    expect(canonicalQuery(query, new IgnoredNames(['utm_*'], 'ignoreQuery'))).toBe(query);
  });
});
