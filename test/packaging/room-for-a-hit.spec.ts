import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);

/** V8 inlines 920 bytes of bytecode into a function, and wants a fifth more than one that was optimized by itself takes. */
const MOST = Math.floor(920 / 1.2);
/** A hit of which a part was left a call. */
const LEAST = 500;
const MOST_PROCESSES = 30;

const program = (policy: string): string => `
  import { createCache } from './dist/core.js';
  const { memory } = createCache({ maxEntriesPerCategory: 2000, evictionPolicy: '${policy}', cleanup: false });
  const keys = Array.from({ length: 1000 }, (_, at) => 'key:' + at);
  for (const key of keys) memory.set(key, { key });
  const valueOf = (key) => memory.get(key).value;
  const all = () => keys.filter((key) => valueOf(key) !== undefined).length;
  for (let at = 0; at < 300_000; at++) valueOf(keys[at % keys.length]);
  for (let at = 0; at < 2000; at++) all();`;

/** Bytes of bytecode inlined into a function that asks for one value, as often as V8 considered to inline that one. */
async function inlinedOnce(policy: string): Promise<number[]> {
  const { stdout } = await run(
    process.execPath,
    ['--trace-turbo-inlining', '--input-type=module', '--eval', program(policy)],
    { maxBuffer: 2 ** 28 },
  );
  const considered = stdout.matchAll(/\bvalueOf>.*inlined bytecode size: (\d+)/g);
  return Array.from(considered, ([, bytes]) => Number(bytes));
}

/** The most in as many processes as it takes for V8 to have considered it with all of its parts, which are compiled at any time. */
async function inlined(policy: string): Promise<number> {
  let most = 0;
  for (let process = 0; process < MOST_PROCESSES && most < LEAST; process++)
    most = Math.max(most, ...(await inlinedOnce(policy)));
  return most;
}

describe('a hit in memory', () => {
  // More would be inlined where it is called in some processes and in others not: see docs/design/memory-tier.md.
  it.each(['lru', 'adaptive'])('is short enough to be inlined, under %s', async (policy) => {
    const bytes = await inlined(policy);
    expect(bytes).toBeGreaterThan(LEAST);
    expect(bytes).toBeLessThanOrEqual(MOST);
  });
});
