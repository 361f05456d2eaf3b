import { describe, expect, it } from '@jest/globals';
import { TagEpochs, type OpenWork } from '../../../lib/core/stack/tag-epochs.js';

function begin(epochs: TagEpochs): OpenWork {
  const work = { startedAt: epochs.now };
  epochs.open(work);
  return work;
}

describe('The epochs of tags', () => {
  it('tell when a tag was last invalidated, if work was open', () => {
    const epochs = new TagEpochs();
    const work = begin(epochs);
    expect(epochs.lastInvalidation(['a', 'b'])).toBe(-1);
    epochs.invalidate(['a']);
    expect(epochs.lastInvalidation(['a', 'b'])).toBeGreaterThan(work.startedAt);
    expect(epochs.lastInvalidation(['b'])).toBe(-1);
    const first = epochs.lastInvalidation(['a']);
    epochs.invalidate(['b', 'a']);
    expect(epochs.lastInvalidation(['a'])).toBeGreaterThan(first);
  });

  it('do not overtake work that began later', () => {
    const epochs = new TagEpochs();
    begin(epochs);
    epochs.invalidate(['a']);
    const later = begin(epochs);
    expect(epochs.lastInvalidation(['a'])).toBeLessThanOrEqual(later.startedAt);
  });

  it('remember nothing when nothing is open', () => {
    const epochs = new TagEpochs();
    epochs.invalidate(['a']);
    expect(epochs.lastInvalidation(['a'])).toBe(-1);
    const work = begin(epochs);
    epochs.invalidate(['a']);
    epochs.close(work);
    expect(epochs.lastInvalidation(['a'])).toBe(-1);
  });

  it('drop what no open work waits for, and keep all that one does, through thousands of tags', () => {
    const epochs = new TagEpochs();
    let open = begin(epochs);
    for (let round = 0; round < 30; round++) {
      const next = begin(epochs);
      for (let tag = 0; tag < 400; tag++) epochs.invalidate([`${round}:${tag}`]);
      for (let tag = 0; tag < 400; tag++) {
        expect(epochs.lastInvalidation([`${round}:${tag}`])).toBeGreaterThan(next.startedAt);
      }
      epochs.close(open);
      open = next;
    }
    expect(epochs.lastInvalidation(['0:0'])).toBe(-1);
  });

  it('keep no end of tags for work that never ends: it counts as overtaken instead', () => {
    const epochs = new TagEpochs();
    const hanging = begin(epochs);
    for (let tag = 0; tag < 300_000; tag++) epochs.invalidate([`${tag}`]);
    expect(epochs.lastInvalidation(['0'])).toBeGreaterThan(hanging.startedAt);
    expect(epochs.lastInvalidation(['never'])).toBeGreaterThan(hanging.startedAt);
    const later = begin(epochs);
    expect(epochs.lastInvalidation(['0', 'never'])).toBeLessThanOrEqual(later.startedAt);
    epochs.invalidate(['never']);
    expect(epochs.lastInvalidation(['never'])).toBeGreaterThan(later.startedAt);
    epochs.close(hanging);
    epochs.close(later);
    expect(epochs.lastInvalidation(['never'])).toBe(-1);
  });
});
