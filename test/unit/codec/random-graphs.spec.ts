import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../../lib/integrations/testing/seeded-random.js';
import { roundTrip, VARIANTS } from './codecs.js';
import { randomGraph } from './random-graphs.js';
import { difference } from './same-graph.js';

describe('Of two thousand random graphs', () => {
  it.each([1, 2, 3, 4])('each comes back as it was (part %i)', (part) => {
    for (let seed = part * 500; seed < (part + 1) * 500; seed++) {
      const graph = randomGraph(seededRandom(seed));
      const options = seed % 5 === 0 ? VARIANTS['v8, gzip, encrypted'] : {};
      expect([seed, difference(graph, roundTrip(graph, options))]).toEqual([seed, undefined]);
    }
  });

  it('none is changed by it', () => {
    for (let seed = 0; seed < 200; seed++) {
      // Made on one line, for the sake of their errors' stacks.
      const [graph, twin] = [1, 2].map(() => randomGraph(seededRandom(seed)));
      expect([seed, difference(graph, twin)]).toEqual([seed, undefined]);
      roundTrip(graph);
      expect([seed, difference(graph, twin)]).toEqual([seed, undefined]);
    }
  });
});
