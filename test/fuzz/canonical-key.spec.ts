import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { canonicalKey } from '../../lib/core/primitives/canonical-key.js';

/** Few different leaves, so that values that are nearly the same come up often. */
const leaf = fc.oneof(
  fc.constantFrom<unknown>(0, -0, 1, '', '0', '1', null, undefined, true, false, 'a', 's1:a', ','),
  fc.constantFrom<unknown>(1n, NaN, '__proto__', 'constructor', '^0;', '#', ']', '}', '=', '-,'),
  fc.string({ maxLength: 3 }),
);
const name = fc.constantFrom('a', 'b', '__proto__', 'constructor', '0', '', 'a=', ',');
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 3 }).map(objectOf),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 2 }).map((items) => new Map(items)),
    fc.array(tie('value'), { maxLength: 2 }).map((items) => new Set(items)),
  ),
}));

function objectOf(properties: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(properties);
}

/** The same content, with the properties of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [reversed(k), reversed(v)]));
  if (value instanceof Set) return new Set([...value].map(reversed));
  if (typeof value !== 'object' || value === null) return value;
  return objectOf(
    Object.entries(value)
      .map(([key, item]) => [key, reversed(item)] as const)
      .reverse(),
  );
}

/** Equal to a function that looks: a `Map` and a `Set` can be gone through in order. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (value instanceof Map) return { map: [...value].map(ordered) };
  if (value instanceof Set) return { set: [...value].map(ordered) };
  if (typeof value !== 'object' || value === null) return value;
  return { object: objectOf(Object.entries(value).map(([key, item]) => [key, ordered(item)])) };
}

const RUNS = { numRuns: 3000 };

describe('Keys of arguments', () => {
  it('are the same exactly when the arguments are', () => {
    const args = fc.array(value, { maxLength: 3 });
    fc.assert(
      fc.property(args, args, (left, right) => {
        const same = isDeepStrictEqual(ordered(left), ordered(right));
        expect(canonicalKey(left) === canonicalKey(right)).toBe(same);
      }),
      RUNS,
    );
  });

  it('are the same whatever the order of properties', () => {
    fc.assert(
      fc.property(value, (argument) => {
        expect(canonicalKey([reversed(argument)])).toBe(canonicalKey([argument]));
      }),
      RUNS,
    );
  });

  it('differ for JSON values that differ', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ depthSize: 'small' }),
        fc.jsonValue({ depthSize: 'small' }),
        (left, right) => {
          const same = isDeepStrictEqual(left, right);
          expect(canonicalKey([left]) === canonicalKey([right])).toBe(same);
        },
      ),
      RUNS,
    );
  });

  it('survive the folding of long texts: a change anywhere inside shows', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        value,
        (items, at, other) => {
          const before = items.map((item) => [item, 'x'.repeat(150)]);
          const after = before.map((pair, index) =>
            index === at % items.length ? [other, pair[1]] : pair,
          );
          const same = isDeepStrictEqual(ordered(before), ordered(after));
          expect(canonicalKey([before]) === canonicalKey([after])).toBe(same);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
