import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, property, string } from 'fast-check';
import { IgnoredNames } from '../../../../lib/nest/http/ignored-names.js';

const ignoring = (...names: string[]) => new IgnoredNames(names, 'ignoreQuery');

describe('ignored names of a query', () => {
  it.each([
    ['utm_*', ['utm_', 'utm_source'], ['utm', 'xutm_a']],
    ['*_id', ['_id', 'a_id'], ['a_ids', 'id']],
    ['a*b*c', ['abc', 'a-b-c', 'abbcc'], ['ac', 'acb', 'abcd']],
    ['aa*aa', ['aaaa', 'aa-aa'], ['aa', 'aaa']],
    ['*', ['', 'anything'], []],
    ['**', ['', 'anything'], []],
    ['a.c', ['a.c'], ['abc']],
  ])('%s', (pattern, fitting, others) => {
    const names = ignoring(pattern);
    expect(fitting.map((name) => names.has(name))).toEqual(fitting.map(() => true));
    expect(others.map((name) => names.has(name))).toEqual(others.map(() => false));
  });

  it('fit as the regular expression would', () => {
    const words = string({ unit: constantFrom('a', 'b'), maxLength: 8 });
    const patterns = array(words, { minLength: 2, maxLength: 4 });
    assert(
      property(patterns, words, (parts, name) => {
        const expected = new RegExp(`^${parts.join('.*')}$`).test(name);
        expect(ignoring(parts.join('*')).has(name)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('are not slow to compare, whatever the name', () => {
    expect(ignoring('*a*a*a*a*a*a*b').has('a'.repeat(100_000))).toBe(false);
  });

  it.each([['utm'], [[1]], [['']], [['a b']], [['a=b']], [[undefined]]])(
    'are refused: %j',
    (names) => {
      expect(() => new IgnoredNames(names, 'Me.me @Cached.ignoreQuery')).toThrow(
        /^Me\.me @Cached\.ignoreQuery: got .* must be a list of names/,
      );
    },
  );
});
