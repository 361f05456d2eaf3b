import { describe, expect, it } from '@jest/globals';
import { parseByteSize } from '../../../lib/core/primitives/byte-size.js';
import { CacheOptionsError } from '../../../lib/core/primitives/errors.js';

describe('A byte size', () => {
  it.each<[unknown, number]>([
    [1, 1],
    [1e9, 1e9],
    [Infinity, Infinity],
    ['1b', 1],
    ['1kb', 1024],
    ['64mb', 64 * 1024 ** 2],
    ['64 MB', 64 * 1024 ** 2],
    ['1.5GB', 1.5 * 1024 ** 3],
    ['0.3kb', 307],
  ])('of %j is %d bytes', (size, bytes) => {
    expect(parseByteSize(size, 'maxBytes')).toBe(bytes);
  });

  it.each<[unknown]>([
    [0],
    [-1],
    [NaN],
    ['0mb'],
    ['-1mb'],
    ['64'],
    ['mb'],
    ['64mib'],
    ['64 m b'],
    ['1e3mb'],
    ['64mb and more'],
    [''],
    [null],
    [undefined],
    [{}],
    [64n],
    [['64mb']],
  ])('is refused when it is %p, with the name of the option', (size) => {
    const attempt = (): number => parseByteSize(size, 'categories.a.maxBytes');
    expect(attempt).toThrow(CacheOptionsError);
    expect(attempt).toThrow(/^categories\.a\.maxBytes: got .*'64mb'$/);
  });
});
