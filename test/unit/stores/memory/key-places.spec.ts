import { describe, expect, it } from '@jest/globals';
import { KeyPlaces } from '../../../../lib/core/stores/memory/key-places.js';
import { NO_ARRIVAL } from '../../../../lib/core/stores/memory/key-table.js';

describe('Places of keys', () => {
  function seenAt(places: KeyPlaces, place: number): number[] {
    return [...places.seen.subarray(2 * place, 2 * place + 2)];
  }

  it('know of a new key no arrival, however many there are', () => {
    const places = new KeyPlaces();
    for (let at = 0; at < 100; at++) {
      const place = places.add(`key ${at}`);
      expect(seenAt(places, place)[1]).toBe(NO_ARRIVAL);
      places.note(place, at, at + 1, 0);
    }
    expect(seenAt(places, 0)).toEqual([0, 1]);
    expect(seenAt(places, 99)).toEqual([99, 100]);
    expect(places.keys[99]).toBe('key 99');
  });

  it('forget what they saw in another era', () => {
    const places = new KeyPlaces();
    const old = places.add('old');
    places.note(old, 3, 7, 0);
    const young = places.add('young');
    places.note(young, 4, 1, 1);
    expect(seenAt(places, old)[1]).toBe(NO_ARRIVAL);
    expect(seenAt(places, young)).toEqual([4, 1]);
    expect(places.era).toBe(1);
  });
});
