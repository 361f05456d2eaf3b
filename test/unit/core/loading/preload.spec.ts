import { getMaxListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { preload } from '../../../../lib/core/loading/preload.js';
import type { ReadThrough } from '../../../../lib/core/loading/read-through.js';

describe('preload', () => {
  it('lets as many loads as there are listen to its end, without a warning of a leak', async () => {
    const { signal } = new AbortController();
    const report = await preload([], { loads: {} as ReadThrough, concurrency: 50, signal });
    expect(report).toMatchObject({ loaded: 0, failed: [] });
    expect(getMaxListeners(signal)).toBe(Infinity);
  });
});
