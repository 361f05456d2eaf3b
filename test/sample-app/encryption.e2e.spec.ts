import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CacheService } from 'nestjs-tiered-cache';
import { AppModule } from '../../sample-app/app.module.js';
import { filesIn } from './files-in.js';
import { PlanningClient } from './planning-client.js';

const PORTFOLIO = '/portfolios/growth';
const QUOTE = '/quotes/AAPL';
const KEY = 'aa'.repeat(32);
const OTHER_KEY = 'bb'.repeat(32);

let folder: string;
let app: INestApplication | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'encryption-'));
  process.env['CACHE_DIRECTORY'] = join(folder, 'cache');
  process.env['DATA_DIRECTORY'] = join(folder, 'data');
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** The application anew, as the environment with these keys makes it. */
async function boot(keys: string): Promise<PlanningClient> {
  await app?.close();
  app = undefined;
  process.env['CACHE_ENCRYPTION_KEYS'] = keys;
  const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = testing.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  return new PlanningClient(new URL(await app.getUrl()).port);
}

/** Whether a file of the cache shows a word. Asked once everything has been written. */
async function onDisk(word: string): Promise<boolean> {
  await app?.close();
  app = undefined;
  return filesIn(join(folder, 'cache')).some((file) => file.includes(word));
}

describe('CACHE_ENCRYPTION_KEYS', () => {
  it("encrypts people's portfolios, and nothing else", async () => {
    const client = await boot(KEY);
    await client.get(PORTFOLIO);
    await client.get(QUOTE);
    expect(await onDisk('positions')).toBe(false);
    expect(await onDisk('changeRate')).toBe(true);
  });

  it('leaves them in clear where there is none', async () => {
    const client = await boot('');
    await client.get(PORTFOLIO);
    expect(await onDisk('positions')).toBe(true);
  });

  it('reads with older keys as well, and with another one nothing of it', async () => {
    const before = await (await boot(KEY)).get(PORTFOLIO);
    expect(before.cache).toBe('MISS');
    const rotated = await boot(`${OTHER_KEY}, ${KEY}`);
    expect(await rotated.get(PORTFOLIO)).toEqual({ ...before, cache: 'HIT' });

    const robbed = await boot(OTHER_KEY);
    expect(await robbed.get(PORTFOLIO)).toEqual({ ...before, cache: 'MISS' });
    const { categories } = app!.get(CacheService).getStats();
    expect(categories['portfolio']?.fileCache).toMatchObject({ hits: 0, errors: 1 });
  });

  it('stops the boot by name if it is none', async () => {
    await expect(boot('aa,bb')).rejects.toThrow('categories.portfolio.encryption.keys[0]');
  });
});
