import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import { CommandError } from '../../lib/integrations/cli/command-error.js';
import { asJson } from '../../lib/integrations/cli/value-json.js';
import { DAY, HOUR, lines, places, type Place } from './support.js';

const newPlace = places();
const KEY = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);
const CREATED = Date.UTC(2027, 0, 2, 3, 4, 5);

async function withSecret(): Promise<Place> {
  const place = newPlace();
  await place.filled((cache) => cache.file.set('pin', '1234', { category: 'secret' }), {
    categories: { secret: { encryption: { keys: [KEY] } } },
  });
  return place;
}

describe('show', () => {
  it('shows the header and the value', async () => {
    const place = newPlace();
    // The cache's time is made up; what it is now is not, so the ages are of no matter here.
    const clock = new ManualClock(CREATED);
    const value = { symbol: 'AAPL', at: new Date(0), sizes: new Map([[1n, new Set(['a'])]]) };
    await place.filled(
      (cache) =>
        cache.file.set('AAPL', value, { category: 'quotes', ttl: '1h', tags: ['us', 'a b'] }),
      { clock },
    );
    const { code, stdout, stderr } = await place.run(['show', 'quotes', 'AAPL']);
    expect([code, stderr]).toEqual([0, '']);
    const bytes = place.sizeOf('quotes', 'AAPL');
    const { json } = await place.json(['show', 'quotes', 'AAPL']);
    const aside = / \((in \d.*|\d.* ago)\)$/;
    expect(lines(stdout).map((line) => line.replace(aside, ' (...)'))).toEqual([
      'category     quotes',
      'key          AAPL',
      'state        live',
      'created      2027-01-02T03:04:05.000Z (...)',
      'expires      2027-01-02T04:04:05.000Z (...)',
      `last used    ${new Date(json.usedAt as number).toISOString()} (...)`,
      'tags         us, "a b"',
      `file         ${place.fileOf('quotes', 'AAPL')}`,
      `size         ${bytes} B, the value ${json.valueBytes as number} B`,
      'serializer   v8',
      'compression  none',
      'encryption   none',
      '',
      '{',
      "  symbol: 'AAPL',",
      '  at: 1970-01-01T00:00:00.000Z,',
      "  sizes: Map(1) { 1n => Set(1) { 'a' } }",
      '}',
    ]);
  });

  it('gives a program the same, and says what kind the body is of', async () => {
    const place = newPlace();
    const clock = new ManualClock(CREATED);
    await place.filled((cache) => cache.file.set('k', 'v'.repeat(500), { ttl: Infinity }), {
      clock,
      serializer: 'json',
      compression: { algorithm: 'gzip', threshold: 10 },
    });
    const { code, json } = await place.json(['show', 'default', 'k']);
    expect(code).toBe(0);
    expect(json).toEqual({
      directory: place.directory,
      category: 'default',
      key: 'k',
      state: 'live',
      createdAt: CREATED,
      expiresAt: null,
      usedAt: expect.any(Number),
      tags: [],
      file: place.fileOf('default', 'k'),
      bytes: place.sizeOf('default', 'k'),
      valueBytes: expect.any(Number),
      serializer: 'json',
      compression: 'gzip',
      encrypted: false,
      value: 'v'.repeat(500),
    });
    expect(json.valueBytes).toBeLessThan(100);
  });

  it('loses nothing in JSON without saying so', async () => {
    const place = newPlace();
    const cyclic: Record<string, unknown> = { name: 'me' };
    cyclic.self = cyclic;
    const holes: unknown[] = [1];
    holes[2] = 3;
    const error = new RangeError('too far', { cause: 'a cause' });
    error.stack = 'RangeError: too far\n    at home';
    const values = {
      plain: { a: [1, 'x', true, null], ['__proto__x']: 1 },
      nothing: undefined,
      numbers: [NaN, Infinity, -Infinity, -0],
      big: 12n,
      date: new Date(CREATED),
      map: new Map<unknown, unknown>([['k', undefined]]),
      set: new Set([1]),
      regexp: /a\/b/gi,
      error,
      bytes: Buffer.from('abc'),
      floats: new Float64Array([0.5]),
      memory: new Uint8Array([1, 2]).buffer,
      boxed: Object(5) as unknown,
      cyclic,
      holes,
      typed: { $type: 'Date', value: 'not one' },
    };
    await place.filled((cache) => cache.file.set('all', values));
    const { json } = await place.json(['show', 'default', 'all']);
    expect(json.value).toEqual({
      plain: { a: [1, 'x', true, null], ['__proto__x']: 1 },
      nothing: { $type: 'undefined' },
      numbers: ['NaN', 'Infinity', '-Infinity', '-0'].map((value) => ({ $type: 'number', value })),
      big: { $type: 'bigint', value: '12' },
      date: { $type: 'Date', value: '2027-01-02T03:04:05.000Z' },
      map: { $type: 'Map', entries: [['k', { $type: 'undefined' }]] },
      set: { $type: 'Set', values: [1] },
      regexp: { $type: 'RegExp', source: 'a\\/b', flags: 'gi' },
      error: {
        $type: 'Error',
        properties: {
          name: 'RangeError',
          message: 'too far',
          stack: 'RangeError: too far\n    at home',
          cause: 'a cause',
        },
      },
      bytes: { $type: 'Buffer', base64: 'YWJj' },
      floats: { $type: 'Float64Array', base64: 'AAAAAAAA4D8=' },
      memory: { $type: 'ArrayBuffer', base64: 'AQI=' },
      boxed: { $type: 'Number', value: 5 },
      cyclic: { name: 'me', self: { $type: 'reference', to: 'value.cyclic' } },
      holes: { $type: 'Array', length: 3, properties: { 0: 1, 2: 3 } },
      typed: { $type: 'Object', properties: { $type: 'Date', value: 'not one' } },
    });
  });

  it('does not cut a value short that is nested too deeply for JSON', () => {
    let value: unknown = 'the bottom';
    for (let depth = 0; depth < 100_000; depth++) value = [value];
    expect(() => asJson(value)).toThrow(
      new CommandError(1, 'the value is nested too deeply for JSON: leave --json out'),
    );
  });

  it('prints no value that a terminal would obey', async () => {
    const place = newPlace();
    const error = new Error('\u001b]0;title\u0007 \u202e');
    error.stack = 'Error: \u001b[2J\n    at home';
    await place.filled((cache) => cache.file.set('k', ['\u009b1m', error]));
    for (const args of [
      ['show', 'default', 'k'],
      ['show', 'default', 'k', '--json'],
    ]) {
      const { code, stdout } = await place.run(args);
      expect(code).toBe(0);
      expect(stdout).not.toMatch(/[^\P{C}\n]/u);
      expect(stdout).toContain('at home');
    }
  });

  it('shows the header of an encrypted entry, and with its key the value', async () => {
    const place = await withSecret();
    const hidden = await place.run(['show', 'secret', 'pin']);
    expect(hidden.code).toBe(0);
    expect(lines(hidden.stdout).slice(-3)).toEqual([
      'encryption   AES-256-GCM',
      '',
      '(the value is encrypted: --key or --key-file shows it)',
    ]);
    const { json } = await place.json(['show', 'secret', 'pin']);
    expect([json.encrypted, 'value' in json]).toEqual([true, false]);

    const file = join(place.home, 'keys');
    writeFileSync(file, `${OTHER}\n\n${Buffer.from(KEY, 'hex').toString('base64')}\n`);
    for (const [args, env] of [
      [['--key', OTHER, '--key', KEY], {}],
      [['--key-file', file], {}],
      [[], { NESTJS_TIERED_CACHE_KEYS: `${OTHER}, ${KEY}` }],
    ] as const) {
      const { code, stdout } = await place.run(['show', 'secret', 'pin', ...args], { env });
      expect([code, lines(stdout).at(-1)]).toEqual([0, "'1234'"]);
    }
  });

  it('shows all the bytes of a Buffer, nested or not', async () => {
    const place = newPlace();
    const bytes = Buffer.from(Array.from({ length: 300 }, (_, at) => at % 256));
    await place.filled((cache) => cache.file.set('bytes', { all: [bytes] }));
    const { code, stdout } = await place.run(['show', 'default', 'bytes']);
    const shown = /<Buffer ([^>]*)>/.exec(stdout)?.[1];
    expect([code, shown?.replaceAll(' ', '')]).toEqual([0, bytes.toString('hex')]);
  });

  it('says that none of the keys fits', async () => {
    const place = await withSecret();
    const { code, stdout, stderr } = await place.run(['show', 'secret', 'pin', '--key', OTHER]);
    expect(code).toBe(1);
    expect(lines(stdout).at(-1)).toBe('(the value cannot be read)');
    expect(stderr).toBe(
      'nestjs-tiered-cache: secret pin: a stored entry is encrypted with a key that is not among --key, --key-file and NESTJS_TIERED_CACHE_KEYS\n',
    );
  });

  it.each([
    [['--key', 'swordfish'], {}, '--key'],
    [['--key-file', 'keys'], {}, '--key-file keys, line 2'],
    [[], { NESTJS_TIERED_CACHE_KEYS: 'swordfish' }, 'NESTJS_TIERED_CACHE_KEYS'],
  ])('refuses what is no key without showing it: %j %j', async (args, env, where) => {
    const place = await withSecret();
    writeFileSync(join(place.home, 'keys'), `${KEY}\nswordfish\n`);
    const options = { env: env as Record<string, string>, cwd: place.home };
    expect(await place.run(['show', 'secret', 'pin', ...args], options)).toEqual({
      code: 2,
      stdout: '',
      stderr: `nestjs-tiered-cache: ${where} must be 32 bytes, as 64 hexadecimal digits or in base64\n`,
    });
  });

  it('shows what has expired, and that it is served no more', async () => {
    const place = newPlace();
    await place.filled((cache) => cache.file.set('k', 'old', { ttl: '2d' }));
    const { code, stdout, stderr } = await place.run(['show', 'default', 'k'], {
      aheadMs: 3 * DAY + HOUR,
    });
    expect([code, stderr]).toEqual([
      1,
      'nestjs-tiered-cache: default k: expired, and not served any more\n',
    ]);
    expect(lines(stdout)).toEqual(expect.arrayContaining(['state        expired', "'old'"]));
    expect(stdout).toMatch(/^expires .* \(1 d 1 h ago\)$/m);
  });

  it('finds no entry, or none that is whole', async () => {
    const place = newPlace();
    await place.filled((cache) => cache.file.set('k', 'v'));
    expect(await place.run(['show', 'default', 'K'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'nestjs-tiered-cache: default K: there is no such entry\n',
    });
    writeFileSync(place.pathOf('default', 'k'), 'x'.repeat(100));
    expect(await place.run(['show', 'default', 'k'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'nestjs-tiered-cache: default k: the file is not of this cache\n',
    });
  });
});
