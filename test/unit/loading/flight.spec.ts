import { describe, expect, it } from '@jest/globals';
import { Flight, type FlightParts, type Landing } from '../../../lib/core/loading/flight.js';

const LANDING = { outcome: {}, overtaken: false } as unknown as Landing;

function flight(): Flight {
  const node = { end: () => undefined };
  const parts = { node, fence: {}, tags: [], background: false, hardMs: Infinity };
  return new Flight(parts as unknown as FlightParts);
}

describe('A flight', () => {
  it('tells all who wait, in their order, when it has landed, and nobody who has given up', async () => {
    const flying = flight();
    const told: string[] = [];
    const give = ['a', 'b', 'c'].map((name) => flying.whenLanded(() => told.push(name)));
    give[1]!();
    flying.land(LANDING);
    expect(told).toEqual([]);
    await flying.landed;
    expect(told).toEqual(['a', 'c']);
  });

  it('tells who comes when it has landed', async () => {
    const flying = flight();
    const told: unknown[] = [];
    flying.whenLanded((landing) => told.push(landing));
    flying.land(LANDING);
    flying.whenLanded((landing) => told.push(landing));
    await flying.landed;
    await Promise.resolve();
    flying.whenLanded((landing) => told.push(landing));
    await Promise.resolve();
    await Promise.resolve();
    expect(told).toEqual([LANDING, LANDING, LANDING]);
  });
});
