import { describe, expect, it } from '@jest/globals';
import { KeyMemo, NO_PLACE } from '../../../../lib/core/loading/key-memo.js';

describe('KeyMemo', () => {
  function counted() {
    let made = 0;
    const textOf = (args: readonly unknown[]): string =>
      `${typeof args[0]}:${String(args[0])}:${++made}`;
    return { textOf, made: () => made };
  }

  it('makes the key of an argument once', () => {
    const memo = new KeyMemo(10);
    const { textOf, made } = counted();
    const first = memo.placeOf(['AAPL'], textOf);
    expect(memo.placeOf(['AAPL'], textOf)).toBe(first);
    expect(made()).toBe(1);
  });

  it('tells a number from its text', () => {
    const memo = new KeyMemo(10);
    const { textOf } = counted();
    const keyOf = (argument: unknown) => memo.places.keys[memo.placeOf([argument], textOf)];
    expect(keyOf(1)).toBe('number:1:1');
    expect(keyOf('1')).toBe('string:1:2');
    expect(keyOf(Number.NaN)).toBe('number:NaN:3');
    expect(keyOf(Number.NaN)).toBe('number:NaN:3');
  });

  it.each([
    ['zero, which a Map does not tell from minus zero', [0]],
    ['minus zero', [-0]],
    ['a long text', ['x'.repeat(129)]],
    ['an object', [{}]],
    ['nothing', []],
    ['two arguments', ['a', 'b']],
  ])('remembers nothing of %s', (_, args) => {
    const { textOf, made } = counted();
    expect(new KeyMemo(10).placeOf(args, textOf)).toBe(NO_PLACE);
    expect(made()).toBe(0);
  });

  it('forgets what was not asked for in two generations, and no more', () => {
    const memo = new KeyMemo(3);
    const { textOf } = counted();
    const keyOf = (argument: string) => memo.places.keys[memo.placeOf([argument], textOf)];
    const kept = keyOf('kept');
    const gone = keyOf('gone');
    for (let at = 0; at < 20; at++) {
      keyOf(`other ${at}`);
      expect(keyOf('kept')).toBe(kept);
    }
    expect(keyOf('gone')).not.toBe(gone);
  });
});
