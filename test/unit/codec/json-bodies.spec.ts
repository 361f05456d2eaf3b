import { describe, expect, it } from '@jest/globals';
import { encodeGraph } from '../../../lib/core/codec/graph-value.js';

const shared = { of: 'two' };

describe('A value for the v8 serializer', () => {
  it.each([
    ['an object', { a: 1, b: 'é\ud800', c: [true, null, -0.5], d: {}, e: [] }],
    ['a list', [1, 'two', null, false, [3]]],
    ['a long list', Array.from({ length: 1000 }, (_, at) => ({ at }))],
    ['a property __proto__', JSON.parse('{"__proto__":{"a":1}}') as unknown],
    ['a date that is text', { at: '2026-01-01T00:00:00.000Z' }],
  ])('is kept as JSON where that gives it back: %s', (_what, value) => {
    const { body, json } = encodeGraph(value);
    expect(json).toBe(true);
    expect(body.toString()).toBe(JSON.stringify(value));
  });

  it.each([
    ['undefined', { a: undefined }],
    ['-0', [-0]],
    ['-0 in a long list', Array.from({ length: 100 }, () => -0)],
    ['NaN', { a: NaN }],
    ['Infinity', [Infinity]],
    ['a bigint', { a: 1n }],
    ['a Date', { a: new Date(0) }],
    ['a Map', new Map()],
    ['a Buffer', Buffer.from('a')],
    ['an object without a prototype', Object.create(null) as object],
    ['a hole', { a: [1, , 3] }], // oxlint-disable-line no-sparse-arrays
    [
      'a hole in a long list',
      Object.assign(
        Array.from({ length: 100 }, () => 1),
        { length: 101 },
      ),
    ],
    ['a list with a name of its own', Object.assign([1], { name: 'list' })],
    ['an object that is there twice', [shared, shared]],
    ['a primitive', 'text'],
  ])('is not where it would not: %s', (_what, value) => {
    expect(encodeGraph(value).json).toBe(false);
  });
});
