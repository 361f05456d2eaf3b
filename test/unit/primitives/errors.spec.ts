import { describe, expect, it } from '@jest/globals';
import {
  asError,
  CacheError,
  CacheOptionsError,
  UnkeyableArgumentError,
  describe as show,
} from '../../../lib/core/primitives/errors.js';

describe('A value in an error message', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const hostile = {
    toJSON(): never {
      throw new Error('no');
    },
  };

  it.each<[unknown, string]>([
    ['text', '"text"'],
    ['', '""'],
    [1, '1'],
    [-0, '-0'],
    [NaN, 'NaN'],
    [5n, '5n'],
    [null, 'null'],
    [undefined, 'undefined'],
    [true, 'true'],
    [Symbol('s'), 'Symbol(s)'],
    [{ a: 1 }, '{"a":1}'],
    [[1, 'a'], '[1,"a"]'],
    [new Date(5), 'Date(5)'],
    [new Date(NaN), 'Date(NaN)'],
    [() => 1, 'a function'],
    [parseInt, 'the function parseInt'],
    [cyclic, 'an object'],
    [{ big: 1n }, 'an object'],
    [{ toJSON: () => undefined }, 'an object'],
  ])('shows %p as %s', (value, text) => {
    expect(show(value)).toBe(text);
  });

  it('is an object where it refuses to be shown', () => {
    expect(show(hostile)).toBe('an object');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(show(proxy)).toBe('an object');
    const nameless = Object.defineProperty(() => {}, 'name', { value: Symbol('s') });
    expect(show(nameless)).toBe('a function');
  });

  it('is cut to 80 characters on one line', () => {
    expect(show('x'.repeat(500))).toHaveLength(80);
    expect(show('x'.repeat(500))).toMatch(/^"x+\.\.\.$/);
    expect(show({ toJSON: () => 'a\n\tb' })).not.toContain('\n');
  });
});

describe('What was thrown', () => {
  it('stays itself when it is an error', () => {
    const error = new TypeError('mine');
    expect(asError(error)).toBe(error);
  });

  it.each<[unknown]>([['text'], [undefined], [null], [42], [{ code: 1 }]])(
    'becomes the cause of an error when it is %p',
    (thrown) => {
      const error = asError(thrown);
      expect(error).toBeInstanceOf(Error);
      expect(error.cause).toBe(thrown);
      expect(error.message).toBe(show(thrown));
    },
  );

  it('becomes the cause of an error when its message cannot be read', () => {
    const message = {
      get: () => {
        throw new Error('no');
      },
    };
    const unreadable = Object.defineProperty(new Error('mine'), 'message', message);
    const error = asError(unreadable);
    expect(error).not.toBe(unreadable);
    expect(error.cause).toBe(unreadable);
    expect(error.message).toBe(show(unreadable));
  });
});

describe('The errors of the package', () => {
  it('carry a code, a name and what they are about', () => {
    const options = new CacheOptionsError('a.b', -1, '0 or more');
    expect(options).toBeInstanceOf(CacheError);
    expect(options).toMatchObject({
      code: 'CACHE_OPTIONS',
      name: 'CacheOptionsError',
      option: 'a.b',
      value: -1,
      message: 'a.b: got -1, must be 0 or more',
    });
    const unkeyable = new UnkeyableArgumentError('a function');
    expect(unkeyable).toBeInstanceOf(CacheError);
    expect(unkeyable).toMatchObject({ code: 'CACHE_UNKEYABLE', name: 'UnkeyableArgumentError' });
    const cause = new Error('why');
    expect(new CacheError('CACHE_TIER', 'it failed', { cause }).cause).toBe(cause);
  });
});
