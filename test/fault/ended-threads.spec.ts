import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Child } from './support/child.js';
import { createPlace, type Place } from './support/place.js';

let place: Place;

beforeEach(() => {
  place = createPlace();
});

afterEach(() => place.remove());

describe('Worker threads that are terminated', () => {
  it('leave nothing that the cleanup of another thread does not remove, and hold no lock', async () => {
    const child = new Child('ended-threads.mjs', { args: [place.directory, '4'] });
    const { with: how, stdout, stderr } = await child.ended;
    expect([how, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({
      others: [1, 1, 1, 1],
      loaded: ['loaded 0', 'loaded 1', 'loaded 2', 'loaded 3'],
      left: { temporaries: [], locks: [], peers: 0 },
      entries: 100,
    });
  });
});
