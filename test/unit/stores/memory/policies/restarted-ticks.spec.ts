import { describe, expect, it } from '@jest/globals';
import {
  LAST_TICK,
  restartTicks,
} from '../../../../../lib/core/stores/memory/policies/restarted-ticks.js';

describe('Ticks that begin anew', () => {
  it('keep their order, and those of late their distances', () => {
    const ticks = Int32Array.of(5, -1, 90, 0, 3, 100, 80, 81);
    expect(restartTicks(ticks, 100, 20)).toBe(23);
    expect([...ticks]).toEqual([2, -1, 13, 0, 1, 23, 3, 4]);
  });

  it('leave room for as many again', () => {
    const ticks = Int32Array.of(LAST_TICK, 1, LAST_TICK - 1);
    expect(restartTicks(ticks, LAST_TICK)).toBe(2 ** 30 + 1);
    expect([...ticks]).toEqual([2 ** 30 + 1, 1, 2 ** 30]);
  });
});
