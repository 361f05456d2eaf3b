import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { POLICY_NAMES } from '../../lib/core/stores/memory/policies/create-policy.js';
import { runCommand } from '../../lib/integrations/cli/command.js';
import { seededRandom } from '../../lib/integrations/testing/seeded-random.js';
import { lines, run, runJson } from './support.js';

const REQUESTS = 3000;
const KEYS = 200;
let folder = '';
const file = (name: string): string => join(folder, name);

/** Keys like a popular few among many, and how often an LRU of so many entries has them. */
const random = seededRandom(5);
const ids = Array.from({ length: REQUESTS }, () => Math.min(random(KEYS), random(KEYS)));

function lruHits(capacity: number): number {
  const kept = new Set<number>();
  let hits = 0;
  for (const id of ids) {
    if (kept.delete(id)) hits++;
    kept.add(id);
    if (kept.size > capacity) kept.delete([...kept][0]!);
  }
  return hits;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulate-'));
  const text = ids.map((id) => `GET /items/${id}\r\n`).join('\n');
  const binary = Buffer.from(new Uint32Array(ids).buffer);
  writeFileSync(file('log.txt'), text);
  writeFileSync(file('log.gz'), gzipSync(text.trimEnd()));
  writeFileSync(file('trace.u32'), binary);
  writeFileSync(file('trace.u32.gz'), gzipSync(binary));
  writeFileSync(file('odd.u32'), binary.subarray(1));
  writeFileSync(file('empty.txt'), '\n\n');
  writeFileSync(file('mark.txt'), '\uFEFFa\na\n\uFEFFb\n');
  writeFileSync(file('utf16.txt'), '\uFEFFa\na\n', 'utf16le');
  writeFileSync(file('long.txt'), 'x'.repeat(100_000));
  writeFileSync(file('longer.txt'), `${'x'.repeat(100_000)}\na\n`);
  writeFileSync(file('longest.txt'), `a\n${'x'.repeat(65_536)}\n${'y'.repeat(65_536)}`);
  writeFileSync(file('half.gz'), gzipSync(text));
  truncateSync(file('half.gz'), 500);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function command(
  args: readonly string[],
  isTTY = false,
  onWrite?: () => void,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const code = await runCommand(['simulate', ...args], {
    stdin: Readable.from([]),
    stdout: { write: (text: string) => (written.stdout += text) },
    stderr: {
      isTTY,
      columns: 80,
      write: (text: string) => {
        written.stderr += text;
        onWrite?.();
      },
    },
    env: {},
  });
  return { code, ...written };
}

interface Report {
  requests: number;
  distinctKeys: number;
  mostHitRatio: number;
  results: { policy: string; capacity: number; hits: number; hitRatio: number }[];
}

async function report(args: readonly string[]): Promise<Report> {
  const { code, stdout, stderr } = await command([...args, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Report;
}

describe('simulate', () => {
  it('takes a byte order mark at the start of the file for no part of a key', async () => {
    const found = await report([file('mark.txt'), '--policies', 'lru', '--capacities', '5']);
    expect(found).toMatchObject({ requests: 3, distinctKeys: 2 });
  });

  it('takes numbers for gzip only where they are', async () => {
    // The first of these begins with the two bytes of gzip, the second with its method too.
    for (const first of [0x00008b1f, 0x00088b1f]) {
      const numbers = Buffer.from(new Uint32Array([first, 5, first]).buffer);
      writeFileSync(file('alike.u32'), numbers);
      writeFileSync(file('alike.bin'), numbers);
      writeFileSync(file('alike.bin.u32'), gzipSync(numbers));
      for (const args of [
        [file('alike.u32')],
        [file('alike.bin'), '--format', 'u32'],
        [file('alike.bin.u32')],
      ]) {
        const found = await report([...args, '--policies', 'lru', '--capacities', '5']);
        expect(found).toMatchObject({ requests: 3, distinctKeys: 2 });
      }
    }
  });

  it('tells keys apart that are no UTF-8', async () => {
    writeFileSync(file('latin1.txt'), 'caf\u00e9\ncaf\u00e8\ncaf\u00e9\n', 'latin1');
    const found = await report([file('latin1.txt'), '--policies', 'lru', '--capacities', '5']);
    expect(found).toMatchObject({ requests: 3, distinctKeys: 2 });
  });

  it('takes lines up to the longest, wherever in the file they stand', async () => {
    const found = await report([file('longest.txt'), '--policies', 'lru', '--capacities', '5']);
    expect(found).toMatchObject({ requests: 3, distinctKeys: 3 });
  });

  it('refuses a named pipe at once: the requests are read twice', async () => {
    execFileSync('mkfifo', [file('pipe')]);
    const { code, stderr } = await command([file('pipe')]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /pipe is not a file: the requests are read twice, so write them to one, or give them to -\n$/,
      ),
    ]);
  });

  it('takes - for standard input, which it keeps in a file while it reads, and not for a name', async () => {
    mkdirSync(file('temporary'));
    const options = { env: { TMPDIR: file('temporary') } };
    const args = ['simulate', '-', '--policies', 'lru', '--capacities', '20'];
    for (const input of ['log.txt', 'log.gz']) {
      const { code, json, stderr } = await runJson(args, { ...options, input: file(input) });
      expect([code, stderr]).toEqual([0, '']);
      const results = [expect.objectContaining({ hits: lruHits(20) })];
      expect(json).toMatchObject({ trace: 'standard input', requests: REQUESTS, results });
    }
    expect(readdirSync(file('temporary'))).toEqual([]);
  });

  it('says so where standard input cannot be kept, and where it is empty', async () => {
    const env = { TMPDIR: file('nowhere') };
    const stderr = `nestjs-tiered-cache: standard input cannot be kept in ${file('nowhere')}: ENOENT\n`;
    expect(await run(['simulate', '-'], { env })).toEqual({ code: 1, stdout: '', stderr });
    const empty = 'nestjs-tiered-cache: standard input holds no request\n';
    expect(await command(['-'])).toEqual({ code: 1, stdout: '', stderr: empty });
  });

  describe('of a log that changes meanwhile', () => {
    const args = ['--policies', 'lru', '--capacities', '5', '--json'];
    /** Drawn after the first piece of the file, which is all of it. */
    const meanwhile = (change: () => void): ReturnType<typeof command> => {
      let drawn = 0;
      return command([file('live.txt'), ...args], true, () => void (drawn++ === 0 && change()));
    };

    it('counts what was there when it was opened', async () => {
      writeFileSync(file('live.txt'), 'a\nb\na\n');
      const { code, stdout } = await meanwhile(() =>
        appendFileSync(file('live.txt'), 'a\n'.repeat(9)),
      );
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ requests: 3, results: [{ hits: 1 }] });
    });

    it('goes on with the file that it opened where another takes its name', async () => {
      writeFileSync(file('live.txt'), 'a\nb\na\n');
      const { stdout } = await meanwhile(() => {
        rmSync(file('live.txt'));
        writeFileSync(file('live.txt'), 'a\na\na\n');
      });
      expect(JSON.parse(stdout)).toMatchObject({ requests: 3, results: [{ hits: 1 }] });
    });

    it.each(['a\n', 'a\n'.repeat(5), ''])(
      'gives no ratio where it was rewritten: %j',
      async (text) => {
        writeFileSync(file('live.txt'), 'aa\nbb\naa\n');
        const { code, stdout, stderr } = await meanwhile(() =>
          writeFileSync(file('live.txt'), text),
        );
        expect([code, stdout]).toEqual([1, '']);
        expect(stderr).toMatch(/live\.txt was changed while it was read: 3 requests, then \d\n$/);
      },
    );
  });

  it.each(['log.txt', 'log.gz', 'trace.u32', 'trace.u32.gz'])(
    'counts exactly, in %s',
    async (name) => {
      const found = await report([file(name), '--policies', 'lru', '--capacities', '5,50']);
      const distinctKeys = new Set(ids).size;
      expect(found).toMatchObject({ requests: REQUESTS, distinctKeys });
      expect(found.mostHitRatio).toBeCloseTo(1 - distinctKeys / REQUESTS, 12);
      expect(found.results).toEqual(
        [5, 50].map((capacity) => {
          const hits = lruHits(capacity);
          return { policy: 'lru', capacity, hits, hitRatio: hits / REQUESTS };
        }),
      );
    },
  );

  it('takes every policy, and capacities that are shares of the keys, unless told', async () => {
    const found = await report([file('log.txt')]);
    const sizes = [0.01, 0.05, 0.1, 0.25].map((share) => Math.round(found.distinctKeys * share));
    expect(found.results.map(({ policy, capacity }) => [capacity, policy])).toEqual(
      sizes.flatMap((capacity) => POLICY_NAMES.map((policy) => [capacity, policy])),
    );
    for (const { hitRatio } of found.results) {
      expect(hitRatio).toBeGreaterThan(0);
      expect(hitRatio).toBeLessThanOrEqual(found.mostHitRatio);
    }
  });

  it('takes each capacity and each policy once, the smallest first', async () => {
    const words = ['--policies', 'fifo, lru,fifo', '--capacities', '100%,7, 7 ,0.1%'];
    const found = await report([file('trace.u32'), ...words]);
    const all = found.distinctKeys;
    expect(found.results.map(({ policy, capacity }) => [capacity, policy])).toEqual(
      [1, 7, all].flatMap((capacity) => [
        [capacity, 'fifo'],
        [capacity, 'lru'],
      ]),
    );
    expect(found.results.at(-1)!.hitRatio).toBeCloseTo(found.mostHitRatio, 12);
  });

  it('prints a table, from the built command too', async () => {
    const args = [file('log.txt'), '--policies', 'lru,sieve', '--capacities', '10,100'];
    const { code, stdout, stderr } = await run(['simulate', ...args]);
    expect([code, stderr]).toEqual([0, '']);
    const [head, , titles, first, second] = lines(stdout);
    expect(head).toBe(
      `3,000 requests for ${new Set(ids).size} different keys; hits in percent (${(100 * (1 - new Set(ids).size / REQUESTS)).toFixed(2)} if all were kept)`,
    );
    expect(titles!.split(/ +/)).toEqual(['entries', 'lru', 'sieve']);
    const percent = (capacity: number): string => ((100 * lruHits(capacity)) / REQUESTS).toFixed(2);
    expect(first).toMatch(new RegExp(`^ +10 +${percent(10)} +\\d+\\.\\d\\d$`));
    expect(second).toMatch(new RegExp(`^ +100 +${percent(100)} +\\d+\\.\\d\\d$`));
  });

  it('draws its progress on a terminal, and wipes it away', async () => {
    const { stderr } = await command([file('log.txt')], true);
    expect(stderr).toContain('100% of ');
    expect(stderr.endsWith('\r\u001b[K')).toBe(true);
    expect((await command([file('log.txt')])).stderr).toBe('');
  });

  const mistakes: [string[], string][] = [
    [['--policies', 'lru,arc'], `--policies must be some of ${POLICY_NAMES.join(', ')}: got "arc"`],
    ...[
      ['LRU', 'lru'],
      ['s3fifo', 's3-fifo'],
      ['tinylfu', 'w-tinylfu'],
    ].map(([given, meant]): [string[], string] => [
      ['--policies', given!],
      `--policies must be some of ${POLICY_NAMES.join(', ')}: got "${given}"; did you mean ${meant}?`,
    ]),
    [['--policies', ''], `--policies must be some of ${POLICY_NAMES.join(', ')}: got ""`],
    ...['0', '1.5', '-3', '0%', '101%', 'many', '', '16777216'].map((word): [string[], string] => [
      [`--capacities=5,${word}`],
      `--capacities must be whole numbers from 1 to 16,777,215, or shares such as 5%: got ${JSON.stringify(word)}`,
    ]),
    [['--format', 'csv'], '--format must be lines or u32: got "csv"'],
  ];
  it.each(mistakes)('names the option and the value that are wrong: %j', async (args, message) => {
    const stderr = `nestjs-tiered-cache: ${message}\n`;
    expect(await command([file('log.txt'), ...args])).toEqual({ code: 2, stdout: '', stderr });
  });

  it.each([
    ['missing.txt', [], /missing\.txt cannot be opened: ENOENT\n$/],
    ['', [], /: .* is not a file: it is a folder\n$/],
    ['empty.txt', [], /empty\.txt holds no request\n$/],
    ['long.txt', [], /long\.txt: a line is longer than 65536 bytes; --format u32\?\n$/],
    ['longer.txt', [], /longer\.txt: a line is longer than 65536 bytes; --format u32\?\n$/],
    [
      'trace.u32',
      ['--format', 'lines'],
      /there is a zero byte in a line: --format u32, or a text in UTF-16\?\n$/,
    ],
    [
      'utf16.txt',
      [],
      /utf16\.txt: there is a zero byte in a line: --format u32, or a text in UTF-16\?\n$/,
    ],
    ['odd.u32', [], /odd\.u32: it is no whole number of 32-bit words\n$/],
    ['half.gz', [], /half\.gz: gzip: unexpected end of file\n$/],
  ])('says what is wrong with the file: %j %j', async (name, options, message) => {
    const { code, stdout, stderr } = await command([file(name), ...options]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
  });
});
