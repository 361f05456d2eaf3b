import { describe, expect, it } from '@jest/globals';
import { LoadNode } from '../../../lib/core/loading/load-node.js';
import { LoadRings } from '../../../lib/core/loading/load-rings.js';
import type { Category } from '../../../lib/core/stack/category.js';

const category = { name: 'default' } as Category;

describe('Rings among very many loads that wait for each other in a row', () => {
  const links = Array.from(
    { length: 50_000 },
    (_, at) => new LoadNode(category, `${at}`, undefined),
  );
  for (const [at, link] of links.entries()) if (at > 0) link.startWaiting(links[at - 1]!);
  const [first, last] = [links[0]!, links.at(-1)!];

  it('are found, with all who are in it', () => {
    const ring = new LoadRings().closedBy(first, last, last);
    expect(ring?.ring).toHaveLength(links.length + 1);
    expect(ring?.ring.at(-1)).toEqual({ category: 'default', key: last.key });
  });

  it('are not where somebody else waits for the last', () => {
    const other = new LoadNode(category, 'other', undefined);
    expect(new LoadRings().closedBy(other, last, last)).toBeUndefined();
  });
});
