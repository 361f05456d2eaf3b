import { spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { runCommand } from '../../lib/integrations/cli/command.js';
import { CLI, lines, places, run } from './support.js';

const newPlace = places();
const VERBS = [['stats'], ['ls'], ['show', 'default', 'k'], ['clear'], ['verify', '--fix']];

describe('the command line', () => {
  it('is in the manifest, with what makes it a program', () => {
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: object };
    expect(bin).toEqual({ 'nestjs-tiered-cache': 'dist/cli.js' });
    expect(readFileSync(CLI, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('needs nothing of Nest', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'command-alone-'));
    try {
      cpSync('dist', join(folder, 'dist'), { recursive: true });
      cpSync('node_modules/ms', join(folder, 'node_modules/ms'), { recursive: true });
      const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as object;
      const own = JSON.stringify({ ...manifest, version: '1.2.3' });
      writeFileSync(join(folder, 'package.json'), own);
      const child = spawn(process.execPath, [join(folder, 'dist/cli.js'), '--version']);
      let output = '';
      for await (const text of child.stdout) output += String(text);
      expect(output).toBe('1.2.3\n');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('explains itself', async () => {
    const all = await run(['--help']);
    expect([all.code, all.stderr]).toEqual([0, '']);
    expect(lines(all.stdout)).toEqual([
      'Usage: nestjs-tiered-cache <verb> [options]',
      '',
      'Looks into the folder of a file cache, while services use it or not; simulates policies.',
      '',
      'Verbs:',
      '  stats                  what the folder holds, by category',
      '  ls [category]          the entries of a category, or of all, the last used first',
      '  show <category> <key>  one entry, with its value',
      '  clear [category]       end the entries of a category, or all, for every process; asks nothing',
      '  verify                 read every file, and report what is damaged or left over',
      '  simulate <trace>       the hit ratio that each policy would get from a log of requests (-: standard input)',
      '',
      'Options of every verb:',
      "  --dir <folder>  the cache's folder (.cache)",
      '  --json          one JSON document on stdout',
      '  -h, --help      show how the command, or a verb, is used',
      '',
      'Without a verb:',
      '  --version  show the version of the package',
      '',
      'nestjs-tiered-cache <verb> --help shows the options of one verb.',
      'Exit codes: 0 fine, 1 something found wrong, 2 wrong usage.',
    ]);
    const one = await run(['ls', '--help']);
    expect(one.code).toBe(0);
    expect(lines(one.stdout).slice(0, 6)).toEqual([
      'Usage: nestjs-tiered-cache ls [category] [options]',
      '',
      'The entries of a category, or of all, the last used first.',
      '',
      'Options:',
      '  --limit <n>     at most so many (50)',
    ]);
    expect(await run(['-h'])).toEqual(all);
    expect(await run(['ls', '-h'])).toEqual(one);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  const mistakes: [string[], string][] = [
    [[], 'a verb is missing: nestjs-tiered-cache --help names them'],
    [['prune'], 'there is no verb "prune": it is one of stats, ls, show, clear, verify, simulate'],
    [
      ['simulat'],
      'there is no verb "simulat": it is one of stats, ls, show, clear, verify, simulate; did you mean simulate?',
    ],
    [['ls', '--limt', '3'], 'ls has no option --limt; did you mean --limit?'],
    [
      ['simulate', 'a', '--polices=lru'],
      'simulate has no option --polices; did you mean --policies?',
    ],
    [['--nope'], 'there is no option --nope'],
    [['ls', '--nope'], 'ls has no option --nope'],
    [['ls', "--it's"], 'ls has no option "--it\'s"'],
    [['ls', '--two\nlines'], 'ls has no option "--two\\nlines"'],
    [['ls', '-x'], 'ls has no option -x'],
    [['ls', '--fix'], 'ls has no option --fix'],
    [['stats', '--version'], 'stats has no option --version'],
    [['--version', 'stats'], 'stats has no option --version'],
    [['stats', 'quotes'], 'stats takes no further word: got "quotes"'],
    [['show', 'quotes'], 'show: <key> is missing'],
    [['show'], 'show: <category> is missing'],
    [['ls', '--limit', '0'], '--limit must be a whole number from 1: got "0"'],
    [['ls', '--limit', 'two'], '--limit must be a whole number from 1: got "two"'],
    [['ls', '--limit', '2', '--all'], '--limit and --all exclude each other'],
    [['stats', '--dir'], "Option '--dir <value>' argument missing"],
    ...[['stats'], ['ls'], ['show', 'default', 'k'], ['clear'], ['verify']].map(
      (verb): [string[], string] => [
        [...verb, '--dir', ''],
        '--dir must be the path of a folder: got ""',
      ],
    ),
    [['stats', '--json=yes'], "Option '--json' does not take an argument"],
    [
      ['\u001b[2J\n'],
      String.raw`there is no verb "\u001b[2J\n": it is one of stats, ls, show, clear, verify, simulate`,
    ],
  ];

  it.each(mistakes)('names the word that is wrong: %j', async (args, message) => {
    const written = { stdout: '', stderr: '' };
    const terminal = {
      stdin: Readable.from([]),
      stdout: { write: (text: string) => (written.stdout += text) },
      stderr: { write: (text: string) => (written.stderr += text) },
      env: {},
    };
    const code = await runCommand(args, terminal);
    const stderr = `nestjs-tiered-cache: ${message}\n`;
    expect({ code, ...written }).toEqual({ code: 2, stdout: '', stderr });
  });

  it('ends with the code of wrong usage', async () => {
    const stderr = 'nestjs-tiered-cache: ls has no option --fix\n';
    expect(await run(['ls', '--fix'])).toEqual({ code: 2, stdout: '', stderr });
  });

  it('says in one line that there is no folder, or no cache in it, and makes none', async () => {
    const place = newPlace();
    const before = place.photograph();
    for (const verb of VERBS) {
      const stderr = `nestjs-tiered-cache: ${place.directory}: there is no such folder\n`;
      expect(await place.run(verb)).toEqual({ code: 1, stdout: '', stderr });
    }
    expect(place.photograph()).toEqual(before);
    mkdirSync(place.directory);
    expect(await run(['stats', '--json'], { cwd: place.home })).toEqual({
      code: 1,
      stdout: '',
      stderr: `nestjs-tiered-cache: ${place.directory}: there is no cache in this folder\n`,
    });
  });

  it('refuses a folder that the store would refuse', async () => {
    const place = newPlace();
    await place.filled((cache) => cache.file.set('k', 'v'));
    const link = join(place.home, 'link');
    symlinkSync(place.directory, link);
    const file = join(place.home, 'file');
    writeFileSync(file, '');
    const refusals = [
      [link, 'is a symbolic link: name the folder that it leads to'],
      [file, 'is not a folder: remove it, or name another'],
    ];
    for (const [path, why] of refusals) {
      expect(await run(['clear', '--dir', path!])).toEqual({
        code: 1,
        stdout: '',
        stderr: `nestjs-tiered-cache: file.directory: ${path} ${why}\n`,
      });
    }
    chmodSync(place.directory, 0o777);
    const before = place.photograph();
    for (const verb of VERBS) {
      expect(await place.run(verb)).toEqual({
        code: 1,
        stdout: '',
        stderr: `nestjs-tiered-cache: file.directory: ${place.directory} is writable by everyone: chmod o-w, or name another\n`,
      });
    }
    expect(place.photograph()).toEqual(before);
  });

  it('leaves no trace of having looked', async () => {
    const place = newPlace();
    await place.filled(async (cache) => {
      await cache.file.set('k', 'v', { tags: ['t'] });
      await cache.file.set('short', 'v', { ttl: '2d' });
      await cache.file.set('damaged', 'v');
    });
    writeFileSync(place.pathOf('default', 'damaged'), 'nonsense');
    // Everything has expired by then, and the last use is long ago.
    for (const aheadMs of [0, 30 * 86_400_000]) {
      const before = place.photograph();
      for (const verb of [
        ['stats'],
        ['ls'],
        ['show', 'default', 'k'],
        ['show', 'default', 'damaged'],
        ['verify'],
      ]) {
        await place.run(verb, { aheadMs });
        expect([verb, place.photograph()]).toEqual([verb, before]);
      }
    }
  });

  const withFull = existsSync('/dev/full') ? it : it.skip;
  withFull('says in one line that its output cannot be written', async () => {
    const place = newPlace();
    await place.filled((cache) => cache.file.set('k', 'v'));
    for (const args of [['ls', '--json'], ['verify'], ['--help']]) {
      const where = args[0] === '--help' ? [] : ['--dir', place.directory];
      const full = openSync('/dev/full', 'w');
      const child = spawn(process.execPath, [CLI, ...args, ...where], {
        stdio: ['ignore', full, 'pipe'],
      });
      closeSync(full);
      let stderr = '';
      child.stderr!.on('data', (text: Buffer) => (stderr += text.toString()));
      const code = await new Promise((resolve) => {
        child.on('close', resolve);
      });
      expect([code, lines(stderr)]).toEqual([
        1,
        [expect.stringMatching(/^nestjs-tiered-cache: the output cannot be written: ENOSPC/)],
      ]);
    }
  });

  it('does not mind a reader that has seen enough', async () => {
    const place = newPlace();
    await place.filled((cache) => cache.file.set('big', 'x'.repeat(2_000_000)));
    const child = spawn(process.execPath, [
      CLI,
      'show',
      'default',
      'big',
      '--dir',
      place.directory,
    ]);
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    const ended = await new Promise((resolve) => {
      child.on('close', (code, signal) => resolve([code, signal]));
    });
    expect([ended, stderr]).toEqual([[0, null], '']);
  });
});
