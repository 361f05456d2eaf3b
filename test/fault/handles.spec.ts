import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Child } from './support/child.js';
import { createPlace, entriesIn, temporariesIn, type Place } from './support/place.js';

let place: Place;

beforeEach(() => {
  place = createPlace();
});

afterEach(() => place.remove());

describe('A process with 64 file handles', () => {
  it.each([
    ['3,000 sets, gets and loads at once', 3, 3000, 'none'],
    ['as many, with a concurrency beyond the handles', 200, 3000, 'none'],
    ['some, while something else has all the handles', 3, 300, 'all'],
  ])('refuses nothing: %s', async (_what, concurrency, count, held) => {
    const args = [place.directory, String(concurrency), String(count), held];
    const child = new Child('many-operations.mjs', { args, handles: 64 });
    const { with: how, stdout, stderr } = await child.ended;
    expect([how, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({ wrong: [], log: [], held: held === 'all' });
    expect(entriesIn(place.directory)).toHaveLength(2 * count + 1);
    expect(temporariesIn(place.directory)).toEqual([]);
  });

  it('goes on with the last of them, however much it writes', async () => {
    const child = new Child('last-handle.mjs', { args: [place.directory], handles: 64 });
    const { with: how, stdout, stderr } = await child.ended;
    expect([how, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({ refused: 0, log: [] });
  });
});
