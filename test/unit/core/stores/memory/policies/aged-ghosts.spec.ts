import { describe, expect, it } from '@jest/globals';
import { AgedGhosts } from '../../../../../../lib/core/stores/memory/policies/aged-ghosts.js';

describe('Ghosts that know their age', () => {
  it('tell when their key was used, and how many left by the same side since', () => {
    const ghosts = new AgedGhosts();
    ghosts.add(1, 0, 100);
    ghosts.add(2, 1, 101);
    ghosts.add(3, 0, 102);
    ghosts.add(4, 0, 103);
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

  it('are gone once they have been taken, trimmed or cleared', () => {
    const ghosts = new AgedGhosts();
    for (let hash = 0; hash < 100; hash++) ghosts.add(hash, hash % 2 === 0 ? 0 : 1, hash);
    ghosts.checkInvariants();
    ghosts.trim(10);
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
      ghosts.add(hash, 0, 2 * hash);
      ghosts.trim(50);
      ghosts.checkInvariants();
    }
    for (let hash = 950; hash < 1000; hash++) {
      expect(ghosts.take(hash)).toBe(true);
      expect(ghosts.used).toBe(2 * hash);
      expect(ghosts.rank).toBe(999 - hash);
    }
  });
});
