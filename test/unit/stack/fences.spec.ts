import { describe, expect, it } from '@jest/globals';
import { Fences, type Fence } from '../../../lib/core/stack/fences.js';
import { TagEpochs } from '../../../lib/core/stack/tag-epochs.js';

function create(): { fences: Fences; tags: TagEpochs } {
  const tags = new TagEpochs();
  return { fences: new Fences(tags), tags };
}

const state = (fence: Fence, tags: string[] = []): [boolean, boolean] => [
  fence.stands(tags),
  fence.joinable(tags),
];

describe('A fence', () => {
  it('stands while nothing is written', () => {
    expect(state(create().fences.open('a'))).toEqual([true, true]);
  });

  it('is broken by a write to its key, and by none to another', () => {
    const { fences } = create();
    const [a, b] = [fences.open('a'), fences.open('b')];
    fences.breakKey('a');
    fences.breakKey('c');
    expect(state(a)).toEqual([false, false]);
    expect(state(b)).toEqual([true, true]);
  });

  it('opened after a write stands', () => {
    const { fences } = create();
    fences.open('a');
    fences.breakKey('a');
    expect(state(fences.open('a'))).toEqual([true, true]);
  });

  it('is broken for good: a second fence that is closed does not mend it', () => {
    const { fences } = create();
    const first = fences.open('a');
    fences.breakKey('a');
    fences.open('a').close();
    expect(state(first)).toEqual([false, false]);
  });

  it('of every key is broken by a clear', () => {
    const { fences } = create();
    const [a, b] = [fences.open('a'), fences.open('b')];
    fences.breakAll();
    expect([state(a), state(b)]).toEqual([
      [false, false],
      [false, false],
    ]);
  });

  it('opened while a write is under way may be shared but not stored, and is broken when it is done', () => {
    const { fences } = create();
    const release = fences.holdKey('a');
    const during = fences.open('a');
    expect(state(during)).toEqual([false, true]);
    release();
    expect(state(during)).toEqual([false, false]);
    expect(state(fences.open('a'))).toEqual([true, true]);
  });

  it('waits for every one of several writes under way', () => {
    const { fences } = create();
    const first = fences.holdKey('a');
    const second = fences.holdKey('a');
    first();
    const during = fences.open('a');
    expect(state(during)).toEqual([false, true]);
    second();
    expect(state(during)).toEqual([false, false]);
  });

  it('opened while a clear is under way is not stored, and is broken when it is done', () => {
    const { fences } = create();
    const release = fences.holdAll();
    const during = fences.open('a');
    expect(state(during)).toEqual([false, true]);
    release();
    expect(state(during)).toEqual([false, false]);
  });

  it('is broken by the invalidation of a tag of the value, and of no other', () => {
    const { fences, tags } = create();
    const fence = fences.open('a');
    tags.invalidate(['red']);
    expect(state(fence, ['red', 'blue'])).toEqual([false, false]);
    expect(state(fence, ['blue'])).toEqual([true, true]);
    expect(state(fences.open('a'), ['red'])).toEqual([true, true]);
  });

  it.each(['__proto__', 'constructor', ''])('works for the key %j', (key) => {
    const { fences } = create();
    const fence = fences.open(key);
    expect(state(fence)).toEqual([true, true]);
    fences.breakKey(key);
    expect(state(fence)).toEqual([false, false]);
  });
});
