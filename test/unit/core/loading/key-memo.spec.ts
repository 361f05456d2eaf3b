import { describe, expect, it } from '@jest/globals';
import { KeyMemo } from '../../../../lib/core/loading/key-memo.js';

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
    expect(memo.placeOf([1], textOf)?.key).toBe('number:1:1');
    expect(memo.placeOf(['1'], textOf)?.key).toBe('string:1:2');
    expect(memo.placeOf([Number.NaN], textOf)?.key).toBe('number:NaN:3');
    expect(memo.placeOf([Number.NaN], textOf)?.key).toBe('number:NaN:3');
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
    expect(new KeyMemo(10).placeOf(args, textOf)).toBeUndefined();
    expect(made()).toBe(0);
  });

  it('forgets what was not asked for in two generations, and no more', () => {
    const memo = new KeyMemo(3);
    const { textOf } = counted();
    const kept = memo.placeOf(['kept'], textOf);
    const gone = memo.placeOf(['gone'], textOf);
    for (let at = 0; at < 20; at++) {
      memo.placeOf([`other ${at}`], textOf);
      expect(memo.placeOf(['kept'], textOf)).toBe(kept);
    }
    expect(memo.placeOf(['gone'], textOf)).not.toBe(gone);
  });
});
