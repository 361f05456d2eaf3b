import { describe, expect, it } from '@jest/globals';
import { SlotPages } from '../../../../../lib/core/stores/file/index/slot-pages.js';
import { TagLinks } from '../../../../../lib/core/stores/file/index/tag-links.js';
import { seededRandom } from '../../../../../lib/integrations/testing/seeded-random.js';

const TAGS = ['', 'a', 'b', '__proto__', 'constructor', 'toString'];

describe('Links between slots and tags', () => {
  it('keep the order of an entry’s tags, and a tag that it has twice', () => {
    const slots = new SlotPages();
    const links = new TagLinks(slots);
    const slot = slots.take();
    links.add(slot, ['b', 'a', 'b']);
    expect(links.tagsOf(slot)).toEqual(['b', 'a', 'b']);
    links.checkInvariants([slot]);
    links.remove(slot);
    links.remove(slot);
    expect(links.tagsOf(slot)).toEqual([]);
    links.checkInvariants([]);
  });

  it('are what lists would be, after whatever has happened', () => {
    const slots = new SlotPages();
    const links = new TagLinks(slots);
    const random = seededRandom(5);
    const model = new Map<number, string[]>();
    for (let step = 0; step < 2000; step++) {
      if (random(5) < 3) {
        const slot = slots.take();
        const tags = TAGS.filter(() => random(3) === 0);
        links.add(slot, tags);
        model.set(slot, tags);
      } else {
        const slot = [...model.keys()][random(model.size)];
        if (slot === undefined) continue;
        links.remove(slot);
        slots.free(slot);
        model.delete(slot);
      }
      if (step % 100 > 0) continue;
      links.checkInvariants(model.keys());
      for (const [slot, tags] of model) expect(links.tagsOf(slot)).toEqual(tags);
    }
  });
});
