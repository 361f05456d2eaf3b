import { spawn } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach } from '@jest/globals';
import { createCache, type CacheOptions, type CacheService } from 'nestjs-tiered-cache/core';
import { FileLayout } from '../../lib/core/stores/file/file-layout.js';

export const CLI = resolve('dist/cli.js');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** How far the command's clock is ahead: what it says of times can then be known in advance. */
  readonly aheadMs?: number;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** A file whose content comes through a pipe as its standard input; none unless told. */
  readonly input?: string;
}

/** Runs the built command in a process of its own. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { aheadMs = 0, env = {}, cwd, input } = options;
  const clock = `const now = Date.now; Date.now = () => now() + ${aheadMs};`;
  const preload =
    aheadMs === 0 ? [] : ['--import', `data:text/javascript,${encodeURIComponent(clock)}`];
  const child = spawn(process.execPath, [...preload, CLI, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input === undefined ? undefined : readFileSync(input));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}

/** As `run` with `--json`: the exit code, and what was on stdout. */
export async function runJson(
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ code: number | null; json: Record<string, unknown>; stderr: string }> {
  const { code, stdout, stderr } = await run([...args, '--json'], options);
  return { code, json: JSON.parse(stdout) as Record<string, unknown>, stderr };
}

/** A folder, and the caches that are open on it: this process is then one that uses the folder. */
export class Place {
  /** Real: on some systems the temporary folder is behind a link. */
  readonly home = mkdtempSync(join(tmpdir(), 'command-'));
  readonly directory = join(this.home, '.cache');
  readonly layout = new FileLayout(this.directory);
  readonly #open: CacheService[] = [];

  cache(options: CacheOptions = {}): CacheService {
    const cache = createCache({ cleanup: false, ...options, file: { directory: this.directory } });
    this.#open.push(cache);
    return cache;
  }

  /** Fills the folder and leaves it alone. */
  async filled(
    fill: (cache: CacheService) => Promise<unknown>,
    options?: CacheOptions,
  ): Promise<void> {
    const cache = this.cache(options);
    await fill(cache);
    await cache.close();
  }

  pathOf(category: string, key: string): string {
    return this.layout.pathOf(this.layout.nameOf({ category, key }));
  }

  fileOf(category: string, key: string): string {
    return this.pathOf(category, key).slice(this.directory.length + 1);
  }

  sizeOf(category: string, key: string): number {
    return lstatSync(this.pathOf(category, key)).size;
  }

  run(args: readonly string[], options?: RunOptions): Promise<Finished> {
    return run(['--dir', this.directory, ...args], options);
  }

  json(args: readonly string[], options?: RunOptions): ReturnType<typeof runJson> {
    return runJson(['--dir', this.directory, ...args], options);
  }

  /** Everything that can be seen of the folder, times included, but for when it was read. */
  photograph(): Record<string, string> {
    const seen: Record<string, string> = {};
    const look = (path: string): void => {
      const stats = lstatSync(path, { bigint: true });
      const { ino, mode, size, mtimeNs, ctimeNs } = stats;
      let content = '';
      if (stats.isFile()) content = readFileSync(path, 'latin1');
      else if (stats.isSymbolicLink()) content = readlinkSync(path);
      seen[path] = [ino, mode, size, mtimeNs, ctimeNs, content].join(' ');
      if (stats.isDirectory()) for (const name of readdirSync(path)) look(join(path, name));
    };
    look(this.home);
    return seen;
  }

  async remove(): Promise<void> {
    for (const cache of this.#open) await cache.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** A place for each test, removed after it. */
export function places(): () => Place {
  const used: Place[] = [];
  afterEach(async () => {
    for (const place of used.splice(0)) await place.remove();
  });
  return () => {
    const place = new Place();
    used.push(place);
    return place;
  };
}

/** Lines of a text, without the one that ends it. */
export function lines(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}
