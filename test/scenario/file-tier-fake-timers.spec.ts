import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { cacheFolders, TIERED } from './support/cache-folder.js';

const newFolder = cacheFolders();

afterEach(() => {
  jest.useRealTimers();
});

describe("While a test of somebody's has faked the timers", () => {
  it('the file tier goes on: its own turns of the event loop are real', async () => {
    const folder = newFolder();
    const cache = folder.open(TIERED);
    jest.useFakeTimers();
    expect(await cache.set('key', new Map([[1, 2]]))).toMatchObject({ success: true });
    expect((await cache.file.get('key')).value).toEqual(new Map([[1, 2]]));
    expect(await cache.file.keys()).toEqual(['key']);
    expect((await cache.cleanup()).tiers.file).toMatchObject({ expired: 0 });
    await cache.close();
    expect(folder.has('key')).toBe(true);
  });
});
