import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../../../../lib/integrations/testing/seeded-random.js';
import { AgedGhosts } from '../../../../../lib/core/stores/memory/policies/aged-ghosts.js';

const known = ({ used, uses, side, rank }: AgedGhosts): unknown => ({ used, uses, side, rank });

describe('Ghosts that know their age', () => {
  it('tell when and how often their key was used, and how many left by the same side since', () => {
    const ghosts = new AgedGhosts();
    ghosts.add(1, 0, 100, 15, 9);
    ghosts.add(2, 1, 101, 0, 9);
    ghosts.add(3, 0, 102, 1, 9);
    ghosts.add(5, 2, 102, 7, 9);
    ghosts.add(4, 0, 103, 1, 9);
    expect(ghosts.take(1)).toBe(true);
    expect(known(ghosts)).toEqual({ used: 100, uses: 15, side: 0, rank: 2 });
    expect(ghosts.take(2)).toBe(true);
    expect(known(ghosts)).toEqual({ used: 101, uses: 0, side: 1, rank: 0 });
    expect(ghosts.take(5)).toBe(true);
    expect(known(ghosts)).toEqual({ used: 102, uses: 7, side: 2, rank: 0 });
    expect(ghosts.take(4)).toBe(true);
    expect(ghosts.take(3)).toBe(true);
  });

  it('are gone once they have been taken, are too many or cleared', () => {
    const ghosts = new AgedGhosts();
    for (let hash = 0; hash < 100; hash++) ghosts.add(hash, hash % 2 === 0 ? 0 : 1, hash, 1, 10);
    ghosts.checkInvariants();
    expect(ghosts.take(89)).toBe(false);
    expect(ghosts.take(90)).toBe(true);
    expect(ghosts.take(90)).toBe(false);
    ghosts.clear();
    expect(ghosts.take(99)).toBe(false);
    ghosts.checkInvariants();
    ghosts.add(7, 0, 1, 1, 10);
    expect(ghosts.take(98)).toBe(false);
    expect(ghosts.take(7)).toBe(true);
    ghosts.checkInvariants();
  });

  it('keep what they know while they grow and their places are taken again', () => {
    const ghosts = new AgedGhosts();
    for (let hash = 0; hash < 1000; hash++) {
      ghosts.add(hash, 0, 2 * hash, hash % 16, 50);
      ghosts.checkInvariants();
    }
    for (let hash = 950; hash < 1000; hash++) {
      expect(ghosts.take(hash)).toBe(true);
      expect(ghosts.used).toBe(2 * hash);
      expect(ghosts.uses).toBe(hash % 16);
      expect(ghosts.rank).toBe(999 - hash);
    }
  });

  it.each([1, 2, 3])('are the latest, of which some have been taken (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const ghosts = new AgedGhosts();
    /** By hash: which addition it was, and the uses that are left. */
    const model = new Map<number, { at: number; uses: number }>();
    let adds = 0;
    let taken = 0;
    for (let step = 0; step < 20_000; step++) {
      // Hashes that share buckets, and signs. Fewer may stay as time goes on.
      const hash = (random(200) * 0x1000_0001) | 0;
      const most = step < 15_000 ? 100 : 30;
      const added = model.get(hash);
      const isThere = ghosts.take(hash);
      if (isThere !== (added !== undefined)) throw new Error(`${hash}: ${isThere}`);
      if (added !== undefined) expect(ghosts).toMatchObject({ used: added.at, uses: added.uses });
      if (isThere) taken++;
      model.delete(hash);
      if (random(3) !== 0) {
        const uses = random(16);
        ghosts.add(hash, 0, ++adds, uses, most);
        model.set(hash, { at: adds, uses });
        for (const [old, { at }] of model) if (at <= adds - most) model.delete(old);
      }
      if (random(40) === 0) {
        ghosts.halve();
        for (const ghost of model.values()) ghost.uses >>>= 1;
      }
      if (step % 97 === 0) ghosts.checkInvariants();
    }
    expect(taken).toBeGreaterThan(2000);
  });

  it('forget uses that were halved before they were cleared', () => {
    const ghosts = new AgedGhosts();
    ghosts.add(1, 0, 1, 8, 10);
    ghosts.halve();
    ghosts.clear();
    ghosts.add(1, 0, 1, 8, 10);
    expect(ghosts.take(1)).toBe(true);
    expect(ghosts.uses).toBe(8);
  });

  it('are none before the first and after they were cleared', () => {
    const ghosts = new AgedGhosts();
    expect(ghosts.isEmpty).toBe(true);
    ghosts.add(1, 0, 1, 8, 10);
    expect(ghosts.isEmpty).toBe(false);
    ghosts.clear();
    expect(ghosts.isEmpty).toBe(true);
  });

  it('are all known when room is made for many at once', () => {
    const ghosts = new AgedGhosts();
    const many = 150_000;
    for (let hash = 0; hash < many; hash++) ghosts.add(hash, 0, hash, 1, many);
    for (let hash = 0; hash < many; hash++) {
      if (!ghosts.take(hash)) throw new Error(`${hash} is forgotten`);
    }
    expect(known(ghosts)).toEqual({ used: many - 1, uses: 1, side: 0, rank: 0 });
  });

  it('are fewer where some have been taken', () => {
    const ghosts = new AgedGhosts();
    ghosts.add(-1, 0, 1, 1, 100);
    for (let hash = 0; hash < 100; hash++) {
      ghosts.add(hash, 0, 2, 1, 100);
      expect(ghosts.take(hash)).toBe(true);
      ghosts.checkInvariants();
    }
    expect(ghosts.take(-1)).toBe(false);
  });

  it.each([0, 40, 999, 70_001])('keep all they know when %i become many', (gone) => {
    const few = 1000;
    const many = 200_000;
    const ghosts = new AgedGhosts();
    for (let hash = -gone; hash < few; hash++) ghosts.add(hash, 1, hash, 12, few);
    ghosts.halve();
    for (let hash = 0; hash < few; hash += 3) expect(ghosts.take(hash)).toBe(true);
    for (let hash = few; hash < many; hash++) ghosts.add(hash, 1, hash, 12, many);
    ghosts.checkInvariants();
    for (let hash = 0; hash < many; hash++) {
      const isThere = hash >= few || hash % 3 !== 0;
      if (ghosts.take(hash) !== isThere) throw new Error(`${hash}: not ${isThere}`);
      if (!isThere) continue;
      const { used, uses, rank } = ghosts;
      if (used !== hash || uses !== (hash < few ? 6 : 12) || rank !== many - 1 - hash)
        throw new Error(`${hash}: ${used}, ${uses}, ${rank}`);
    }
  });
});
