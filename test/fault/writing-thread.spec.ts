import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Child } from './support/child.js';
import { createPlace, temporariesIn, type Place } from './support/place.js';

let place: Place;

beforeEach(() => {
  place = createPlace();
});

afterEach(() => place.remove());

describe('A cache that writes much', () => {
  it.each(['closed', 'left', 'killed'])(
    'does so in a thread of its own, and loses nothing if that is %s',
    async (fate) => {
      const child = new Child('writing-thread.mjs', { args: [place.directory, fate] });
      const { with: how, stdout, stderr } = await child.ended;
      expect([how, stderr]).toEqual([0, '']);
      expect(JSON.parse(stdout)).toEqual({ wrong: [], log: [], errors: 0, ready: 1 });
      if (fate === 'closed') expect(temporariesIn(place.directory)).toEqual([]);
    },
  );
});
