import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const MAIN = resolve('build/sample-app/demo/main.js');

interface Run {
  /** The exit code, or the signal. */
  end: unknown;
  lines: string[];
  complaints: string;
}

let folder: string;
/** Working directory and temporary folder of the demo: both are to be empty after it. */
let places: [string, string];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whole-demo-'));
  places = [join(folder, 'working'), join(folder, 'temporary')];
  for (const place of places) mkdirSync(place);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Interruptions {
  /** What it loads first. */
  preload?: string;
  /** A line at which it gets a SIGTERM. */
  killAt?: string;
  /** A line after which nobody reads what it writes. */
  cutAt?: string;
}

async function runDemo({ preload, killAt, cutAt }: Interruptions): Promise<Run> {
  const [cwd, TMPDIR] = places;
  const imports = preload === undefined ? [] : ['--import', pathToFileURL(preload).href];
  const child = spawn(process.execPath, [...imports, MAIN], {
    cwd,
    env: { ...process.env, TMPDIR },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let complaints = '';
  child.stderr.on('data', (data: Buffer) => (complaints += data.toString()));
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (killAt !== undefined && line.includes(killAt)) child.kill('SIGTERM');
    if (cutAt === undefined || !line.includes(cutAt)) continue;
    child.stdout.destroy();
    break;
  }
  const [code, signal] = (await ended) as [number | null, string | null];
  return { end: signal ?? code, lines, complaints };
}

function leftovers(): string[] {
  return places.flatMap((place) => readdirSync(place));
}

describe('npm run demo', () => {
  it('holds what it claims, in two processes, and leaves nothing behind', async () => {
    const { end, lines, complaints } = await runDemo({});
    expect({ end, complaints }).toEqual({ end: 0, complaints: '' });
    expect(lines.some((line) => line.includes('NOT SO'))).toBe(false);
    const [, hold, of] = /^(\d+) of (\d+) claims hold/.exec(lines.at(-1) ?? '') ?? [];
    expect(hold).toBe(of);

    const pids = lines.flatMap((line) => /^ {3}Process (\d+)\b/.exec(line)?.[1] ?? []);
    expect(new Set(pids).size).toBe(2);
    const chapter = lines.slice(lines.findIndex((line) => line.includes('A restart')));
    for (const told of [
      /✓ the projection, \$[\d,.]+, comes from 'file'/,
      /✓ its Date is a Date: 2010-03-31/,
      /✓ its Map is a Map/,
      /✓ AAPL, invalidated before the restart, stays so/,
      /✓ \d+ misses, not one wrong price/,
      /✓ with another key, 0 of 3 statements/,
      /^ {3}a projection, read from file( +[\d.,]+ (ms|µs|ns)){2} +[\d.,]+ +66.7 %$/,
    ]) {
      expect(chapter).toContainEqual(expect.stringMatching(told));
    }
    expect(leftovers()).toEqual([]);
  });

  it('fails, and leaves nothing behind, where the second process does not come to its end', async () => {
    const preload = join(folder, 'preload.mjs');
    writeFileSync(preload, `if (process.env.DEMO_RESTARTED_ON) process.exit(7);`);
    const { end, lines, complaints } = await runDemo({ preload });
    expect(end).toBe(1);
    expect(complaints).toContain('the second process ended with 7');
    expect(complaints).toMatch(/NOT SO: "A restart: .*" runs to its end/);
    expect(lines.at(-1)).toMatch(/^(?!(\d+) of \1 )\d+ of \d+ claims hold/);
    expect(leftovers()).toEqual([]);
  });

  it('leaves nothing behind when it is stopped half-way, the second process included', async () => {
    const { end, lines } = await runDemo({ killAt: 'The demo starts itself again.' });
    expect(end).toBe(143);
    expect(lines.at(-1)).not.toMatch(/claims hold/);
    expect(leftovers()).toEqual([]);
  });

  it('ends without a word, and leaves nothing behind, when nobody reads it any more', async () => {
    const { end, complaints } = await runDemo({ cutAt: 'on the prices of' });
    expect({ end, complaints }).toEqual({ end: 0, complaints: '' });
    expect(leftovers()).toEqual([]);
  });
});
