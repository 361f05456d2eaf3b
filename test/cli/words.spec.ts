import { describe, expect, it } from '@jest/globals';
import { duration, epochMs, fromNow, instant, size } from '../../lib/integrations/cli/words.js';
import { onLines, onOneLine, printable, unquoted } from '../../lib/integrations/cli/printable.js';

const S = 1000;
const MIN = 60 * S;
const H = 60 * MIN;
const D = 24 * H;

describe('words', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [999, '0 s'],
    [45 * S, '45 s'],
    [MIN, '1 min'],
    [5 * MIN + 3 * S + 1, '5 min 3 s'],
    [3 * H + 59 * S, '3 h'],
    [3 * D + 12 * H + 5 * MIN, '3 d 12 h'],
    [1200 * D, '1,200 d'],
  ])('a duration of %d ms', (ms, words) => expect(duration(ms)).toBe(words));

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KB'],
    [1536, '1.5 KB'],
    [1024 * 1024 - 1, '1023.9 KB'],
    [3 * 1024 ** 2, '3.0 MB'],
    [5 * 1024 ** 5, '5120.0 TB'],
  ])('a size of %d bytes', (bytes, words) => expect(size(bytes)).toBe(words));

  it('instants, near, far and none', () => {
    expect(fromNow(Infinity, 0)).toBe('never');
    expect(fromNow(H, 0)).toBe('in 1 h');
    expect(fromNow(0, H)).toBe('1 h ago');
    expect(instant(0)).toBe('1970-01-01T00:00:00.000Z');
    expect([instant(Infinity), instant(1e300), instant(NaN)]).toEqual([
      'never',
      'at no date',
      'at no date',
    ]);
    expect([epochMs(1.9), epochMs(Infinity)]).toEqual([1, null]);
  });

  it('names are quoted where they would be misread, and read back', () => {
    for (const name of ['a', 'a b', '', '"', "'", 'a,b', '\t', '\u00a0', '\u{e0001}', '\ue000']) {
      expect(unquoted(printable(name))).toBe(name);
    }
    expect(printable('\u{e0001}')).toBe(String.raw`"\udb40\udc01"`);
    expect(unquoted('"no JSON')).toBe('"no JSON');
    expect(unquoted('"a"b"')).toBe('"a"b"');
  });

  it('texts keep their lines, or have one', () => {
    expect(onLines('a\n\tb\u001b')).toBe(String.raw`a
\u0009b\u001b`);
    expect(onOneLine('a\n  b\u001b')).toBe(String.raw`a b\u001b`);
  });
});
