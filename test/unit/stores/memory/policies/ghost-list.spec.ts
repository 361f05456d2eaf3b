import { describe, expect, it } from '@jest/globals';
import { GhostList } from '../../../../../lib/core/stores/memory/policies/ghost-list.js';
import { seededRandom } from '../../../../../lib/integrations/testing/seeded-random.js';
import { demandSame } from '../../../../support/demand-same.js';

/** Hashes that share their low bits, and so their buckets. */
const ALIKE = Array.from({ length: 40 }, (_, at) => (at << 20) >>> 0);

describe('A list of ghosts', () => {
  it.each([
    ['of entries', false],
    ['of bytes', true],
  ])('%s does as a plain list does in thousands of random operations', (_what, weighed) => {
    const random = seededRandom(1);
    const ghosts = new GhostList(weighed);
    let list: { hash: number; weight: number }[] = [];
    for (let step = 0; step < 5000; step++) {
      const hash = random(2) === 0 ? ALIKE[random(40)]! : random(60);
      const dice = random(100);
      if (dice < 60) {
        const weight = weighed ? 1 + random(9) : 1;
        ghosts.add(hash, weight);
        list = [...list.filter((other) => other.hash !== hash), { hash, weight }];
      } else if (dice < 80) {
        demandSame(
          ghosts.delete(hash),
          list.some((other) => other.hash === hash),
        );
        list = list.filter((other) => other.hash !== hash);
      } else if (dice < 99) {
        const most = 20 + random(100);
        ghosts.trim(most);
        while (list.reduce((sum, { weight }) => sum + weight, 0) > most) list.shift();
      } else {
        ghosts.clear();
        list = [];
      }
      ghosts.checkInvariants();
      demandSame(
        [...ghosts],
        list.map((ghost) => ghost.hash),
      );
      demandSame(
        ghosts.held,
        list.reduce((sum, { weight }) => sum + weight, 0),
      );
    }
    expect(list.length).toBeGreaterThan(0);
  });

  it.each([0, 100_000, 1_000_000])('knows all of many where %i are expected', (expected) => {
    const ghosts = new GhostList(false);
    ghosts.expect(expected);
    for (let hash = 0; hash < 150_000; hash++) ghosts.add(hash, 1);
    for (let hash = 0; hash < 150_000; hash++) {
      if (!ghosts.delete(hash)) throw new Error(`${hash} is forgotten`);
    }
    expect(ghosts.size).toBe(0);
  });

  it('keeps no more room than its owner lets it', () => {
    const ghosts = new GhostList(false);
    for (let hash = 0; hash < 10_000; hash++) {
      ghosts.add(hash, 1);
      ghosts.trim(100);
    }
    expect([...ghosts]).toEqual(Array.from({ length: 100 }, (_, at) => 9900 + at));
  });
});
