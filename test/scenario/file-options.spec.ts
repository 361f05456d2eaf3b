import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { resolveOptions } from '../../lib/core/cache-options.js';
import { checkCallOptions } from '../../lib/core/call-options.js';
import type { CacheOptions } from '../../lib/core/model/options.js';
import { CacheOptionsError } from '../../lib/core/primitives/errors.js';

const HEX = 'ab'.repeat(32);

function thrownBy(work: () => void): CacheOptionsError {
  try {
    work();
  } catch (error) {
    return error as CacheOptionsError;
  }
  throw new Error('accepted');
}

function refusal(options: unknown): CacheOptionsError {
  return thrownBy(() => void resolveOptions(options as CacheOptions));
}

describe('Options of the file tier', () => {
  it('have defaults', () => {
    const { file } = resolveOptions({});
    expect(file).toMatchObject({ directory: resolve('.cache'), concurrency: 3 });
    expect(file?.patience).toEqual({ timeoutMs: 5000, failures: 3, pauseMs: 10_000 });
    expect(file!.limitsOf('any')).toEqual({ maxEntries: 1000, maxBytes: Infinity });
  });

  it('switch it off', () => {
    expect(resolveOptions({ file: false }).file).toBeUndefined();
    const categories = { quotes: { tiers: ['memory', 'file'] as const } };
    expect(refusal({ file: false, categories })).toMatchObject({
      option: 'categories.quotes.tiers',
      message: expect.stringContaining('the option `file` is false'),
    });
  });

  it("take the limits of memory where they name none, a category's first", () => {
    const { file } = resolveOptions({
      maxEntriesPerCategory: 10,
      maxBytesPerCategory: '1kb',
      categories: { small: { maxEntries: 5, maxBytes: 100 } },
    });
    expect(file!.limitsOf('small')).toEqual({ maxEntries: 5, maxBytes: 100 });
    expect(file!.limitsOf('other')).toEqual({ maxEntries: 10, maxBytes: 1024 });
  });

  it('have limits of their own', () => {
    const { file } = resolveOptions({
      file: { maxEntriesPerCategory: 7, maxBytesPerCategory: '2kb', directory: 'data' },
    });
    expect(file!.limitsOf('any')).toEqual({ maxEntries: 7, maxBytes: 2048 });
    expect(file!.directory).toBe(resolve('data'));
  });

  it.each([
    [{ file: { operationTimeout: 0 } }, 'file.operationTimeout'],
    [{ file: { operationTimeout: -1 } }, 'file.operationTimeout'],
    [{ file: { operationTimeout: 'soon' } }, 'file.operationTimeout'],
    [{ file: { operationTimeout: new Date(0) } }, 'file.operationTimeout'],
    [{ file: { breaker: true as unknown as false } }, 'file.breaker'],
    [{ file: { breaker: { failures: 0 } } }, 'file.breaker.failures'],
    [{ file: { breaker: { pause: 0 } } }, 'file.breaker.pause'],
    [{ file: { concurrency: 0 } }, 'file.concurrency'],
    [{ file: { concurrency: 1.5 } }, 'file.concurrency'],
    [{ file: { concurrency: Infinity } }, 'file.concurrency'],
    [{ file: { directory: 5 } }, 'file.directory'],
    [{ file: { directory: '' } }, 'file.directory'],
    [{ file: { directory: 'a\0b' } }, 'file.directory'],
    [{ file: { maxEntriesPerCategory: 0 } }, 'file.maxEntriesPerCategory'],
    [{ file: { maxBytesPerCategory: 'much' } }, 'file.maxBytesPerCategory'],
    [{ file: { folder: 'x' } }, 'file.folder'],
    [{ file: 'here' }, 'file'],
    [{ file: null }, 'file'],
    [{ compression: null }, 'compression'],
    [{ compression: { algorithm: 'gzip', threshold: 'big' } }, 'compression.threshold'],
    [{ compression: { algorithm: 'gzip', level: 9 } }, 'compression.level'],
    [
      { categories: { a: { compression: { algorithm: 1 } } } },
      'categories.a.compression.algorithm',
    ],
    [{ categories: { a: { directory: 'x' } } }, 'categories.a.directory'],
    [{ serializer: 'yaml' }, 'serializer'],
    [{ file: { serializer: 1 } }, 'file.serializer'],
    [{ compression: true }, 'compression'],
    [{ compression: {} }, 'compression.algorithm'],
    [{ compression: { algorithm: 'zip' } }, 'compression.algorithm'],
    [{ compression: { algorithm: 'gzip', threshold: -1 } }, 'compression.threshold'],
    [{ encryption: {} }, 'encryption.keys'],
    [{ encryption: { keys: [] } }, 'encryption.keys'],
    [{ encryption: { keys: HEX } }, 'encryption.keys'],
    [{ encryption: { keys: [HEX, 'short'] } }, 'encryption.keys[1]'],
    [{ file: { encryption: { keys: [5] } } }, 'file.encryption.keys[0]'],
    [
      { categories: { money: { encryption: { keys: [new Uint8Array(31)] } } } },
      'categories.money.encryption.keys[0]',
    ],
    [{ serializer: 'json', file: { serializer: 'json' } }, 'file.serializer'],
    [{ categories: { a: { lock: 'machine' } } }, 'categories.a.lock'],
    [{ categories: { a: { lock: 'cluster', tiers: ['file'] } } }, 'categories.a.lock'],
  ])('refuse %j by name', (options, option) => {
    expect(refusal(options)).toMatchObject({ name: 'CacheOptionsError', option });
  });

  it('are not given in two places', () => {
    const json = { serializer: 'json' as const };
    expect(refusal({ ...json, file: json }).message).toMatch(/^file.serializer: .* serializer is/);
    const encryption = { keys: [HEX] };
    expect(refusal({ encryption: false, file: { encryption } }).option).toBe('file.encryption');
  });

  it("take 'machine' as a lock where 'file' is among the tiers, and 'process' anywhere", () => {
    const { category } = resolveOptions({
      categories: {
        shared: { lock: 'machine', tiers: ['memory', 'file'] },
        own: { lock: 'process' },
      },
    });
    expect(category('shared').load.lock).toBe('machine');
    expect(category('own').load.lock).toBe('process');
    expect(category('own').tiers).toEqual(['memory']);
  });

  it('touch no disk', () => {
    const directory = join(tmpdir(), `nestjs-tiered-cache-${process.pid}-never-made`);
    resolveOptions({ file: { directory } }).file!.limitsOf('any');
    expect(existsSync(directory)).toBe(false);
  });
});

describe('A key in an error', () => {
  const key = 'c0ffee00'.repeat(8);
  const bytes = Buffer.from(key, 'hex');
  const short = key.slice(1);

  it.each<[string, object]>([
    ['that is too short', { encryption: { keys: [short] } }],
    ['that is not in a list', { encryption: { keys: key } }],
    ['in place of the options', { encryption: key }],
    ['as bytes in place of the options', { encryption: bytes }],
    ['in a list in place of the options', { encryption: [key] }],
    ['as a list of numbers', { encryption: { keys: [...bytes] } }],
    ['as a big integer', { encryption: { keys: [BigInt(`0x${key}`)] } }],
    ['in an object', { encryption: { keys: [{ key }] } }],
    ['under a misspelled name', { encryption: { key } }],
    ['under a misspelled parent', { encrytion: { keys: [key] } }],
    ['in the wrong place', { file: { keys: [key] } }],
    ['of the compression', { compression: { algorithm: 'gzip', key } }],
    ['of a category', { categories: { money: { encryption: { keys: [short] } } } }],
    ['of a category that is a list', { categories: { money: [{ encryption: { keys: [key] } }] } }],
    ['of categories that are a list', { categories: [{ encryption: { keys: [key] } }] }],
    ['of a file tier that is a list', { file: [{ encryption: { keys: [key] } }] }],
    [
      'given twice',
      { encryption: { keys: [key] }, file: { encryption: { keys: [key] } }, serializer: 'v8' },
    ],
  ])('%s is not shown', (_where, options) => {
    const error = refusal(options);
    expect(error).toBeInstanceOf(CacheOptionsError);
    expectSecret(error, bytes);
  });

  it('of a call, where there is no such option, is not shown', () => {
    const error = thrownBy(() => checkCallOptions({ encryption: { keys: [key] } }));
    expect(error).toMatchObject({ option: 'encryption' });
    expectSecret(error, bytes);
  });

  it('is known by its length', () => {
    const { message } = refusal({ encryption: { keys: [short] } });
    expect(message).toMatch(/^encryption\.keys\[0\]: got a string of 63 characters, must be 32 b/);
    expect(refusal({ encryption: { keys: [bytes.subarray(1)] } }).message).toContain('31 bytes');
  });
});

/** Neither the key, nor a number of its bytes, in anything that a log would show of an error. */
function expectSecret(error: unknown, key: Buffer): void {
  const { message, value } = error as CacheOptionsError;
  for (const shown of [message, inspect(value), inspect(error)]) {
    expect(shown).not.toMatch(/c0ffee|<Buffer|\b192\b|\b255\b/i);
    expect(shown).not.toContain(BigInt(`0x${key.toString('hex')}`).toString());
  }
}

describe('Options of how values become bytes', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, at) => at);

  it('take a key as bytes, hexadecimal digits or base64, and copy it', () => {
    const own = Buffer.from(bytes);
    const { encryptionKeys } = resolveOptions({
      encryption: {
        keys: [
          own,
          own.toString('hex'),
          own.toString('hex').toUpperCase(),
          own.toString('base64'),
          own.toString('base64url'),
        ],
      },
    }).category('any').codec;
    own.fill(0);
    expect(encryptionKeys.map((key) => Buffer.from(key).toString('hex'))).toEqual(
      Array(5).fill(Buffer.from(bytes).toString('hex')),
    );
  });

  it('keep their keys when the caller wipes his before the first use', () => {
    const own = Buffer.from(bytes);
    const keys = [own];
    const { category } = resolveOptions({
      encryption: { keys },
      categories: { money: { encryption: { keys } } },
    });
    own.fill(0);
    keys.length = 0;
    for (const name of ['money', 'any']) {
      expect(category(name).codec.encryptionKeys).toEqual([bytes]);
    }
  });

  it('take a key of another realm', () => {
    const foreign = runInNewContext('new Uint8Array(32).fill(7)') as Uint8Array;
    const { codec } = resolveOptions({ encryption: { keys: [foreign] } }).category('any');
    expect(codec.encryptionKeys).toEqual([new Uint8Array(32).fill(7)]);
  });

  it.each([
    'x'.repeat(43), // More bits than 32 bytes have.
    `${HEX}\n`,
    `${HEX.slice(1)}g`,
    Buffer.alloc(33).toString('base64'),
    Buffer.alloc(31).toString('base64'),
    '',
  ])('take no text for a key that is not 32 bytes: %j', (key) => {
    expect(refusal({ encryption: { keys: [key] } }).option).toBe('encryption.keys[0]');
  });

  it('are those of the category, then those of the cache, then none', () => {
    const resolved = resolveOptions({
      compression: { algorithm: 'gzip' },
      file: { encryption: { keys: [HEX] } },
      categories: {
        plain: { compression: false, encryption: false, serializer: 'json' },
        tight: { compression: { algorithm: 'brotli', threshold: '1kb' } },
      },
    });
    expect(resolved.category('any').codec).toEqual({
      serializer: 'v8',
      compression: { algorithm: 'gzip', threshold: 4096 },
      encryptionKeys: [expect.any(Uint8Array)],
    });
    expect(resolved.category('plain').codec).toEqual({
      serializer: 'json',
      compression: undefined,
      encryptionKeys: [],
    });
    expect(resolved.category('tight').codec.compression).toEqual({
      algorithm: 'brotli',
      threshold: 1024,
    });
    expect(resolveOptions({}).category('any').codec).toEqual({
      serializer: 'v8',
      compression: undefined,
      encryptionKeys: [],
    });
  });
});
