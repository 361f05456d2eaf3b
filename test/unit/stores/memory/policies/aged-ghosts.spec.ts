import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../../../../lib/integrations/testing/seeded-random.js';
import { AgedGhosts } from '../../../../../lib/core/stores/memory/policies/aged-ghosts.js';

describe('Ghosts that know their age', () => {
  it('tell when their key was used, and how many left by the same side since', () => {
    const ghosts = new AgedGhosts();
    ghosts.add(1, 0, 100, 9);
    ghosts.add(2, 1, 101, 9);
    ghosts.add(3, 0, 102, 9);
    ghosts.add(4, 0, 103, 9);
    expect(ghosts.take(1)).toBe(true);
    expect({ used: ghosts.used, side: ghosts.side, rank: ghosts.rank }).toEqual({
      used: 100,
      side: 0,
      rank: 2,
    });
    expect(ghosts.take(2)).toBe(true);
    expect({ used: ghosts.used, side: ghosts.side, rank: ghosts.rank }).toEqual({
      used: 101,
      side: 1,
      rank: 0,
    });
    expect(ghosts.size).toBe(2);
  });

  it('are gone once they have been taken, are too many or cleared', () => {
    const ghosts = new AgedGhosts();
    for (let hash = 0; hash < 100; hash++) ghosts.add(hash, hash % 2 === 0 ? 0 : 1, hash, 10);
    ghosts.checkInvariants();
    expect(ghosts.size).toBe(10);
    expect(ghosts.take(89)).toBe(false);
    expect(ghosts.take(90)).toBe(true);
    expect(ghosts.take(90)).toBe(false);
    ghosts.clear();
    expect(ghosts.take(99)).toBe(false);
    ghosts.checkInvariants();
  });

  it('keep what they know while they grow and their places are taken again', () => {
    const ghosts = new AgedGhosts();
    for (let hash = 0; hash < 1000; hash++) {
      ghosts.add(hash, 0, 2 * hash, 50);
      ghosts.checkInvariants();
    }
    for (let hash = 950; hash < 1000; hash++) {
      expect(ghosts.take(hash)).toBe(true);
      expect(ghosts.used).toBe(2 * hash);
      expect(ghosts.rank).toBe(999 - hash);
    }
  });

  it.each([1, 2, 3])('are the latest that have not been taken (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const ghosts = new AgedGhosts();
    /** By hash: which addition it was. */
    const model = new Map<number, number>();
    let adds = 0;
    for (let step = 0; step < 20_000; step++) {
      // Hashes that share buckets, and signs. Fewer may stay as time goes on.
      const hash = (random(200) * 0x1000_0001) | 0;
      const most = step < 15_000 ? 100 : 30;
      if (random(3) === 0) {
        const added = model.get(hash);
        const isTaken = ghosts.take(hash);
        if (isTaken && ghosts.used !== added)
          throw new Error(`${hash}: ${ghosts.used}, not ${added}`);
        // With gaps among them, as many that came later as there are places may have pushed it out.
        if (!isTaken && added !== undefined && adds - added < 128)
          throw new Error(`${hash} is lost`);
        model.delete(hash);
      } else {
        ghosts.take(hash);
        ghosts.add(hash, 0, ++adds, most);
        model.delete(hash);
        model.set(hash, adds);
        for (const oldest of model.keys()) if (model.size > most) model.delete(oldest);
      }
      if (ghosts.size > model.size) throw new Error(`${ghosts.size} ghosts of ${model.size}`);
      if (step % 97 === 0) ghosts.checkInvariants();
    }
    expect(ghosts.size).toBeGreaterThan(20);
  });

  it('forget the oldest early where most that came after it have been taken', () => {
    const ghosts = new AgedGhosts();
    ghosts.add(-1, 0, 1, 100);
    for (let hash = 0; hash < 1000; hash++) {
      ghosts.add(hash, 0, 2, 100);
      if (hash < 100) continue;
      expect(ghosts.take(hash)).toBe(true);
      ghosts.checkInvariants();
    }
    expect(ghosts.take(-1)).toBe(false);
    expect(ghosts.size).toBeLessThanOrEqual(100);
  });
});
