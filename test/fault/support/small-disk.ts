import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const REMEDY =
  'this test needs a file system of its own: run it as root, or where a user may make namespaces ' +
  '(`unshare -Urm true`; in a container: --cap-add SYS_ADMIN, or --security-opt seccomp=unconfined)';

/**
 * A disk of a few hundred kilobytes. It is mounted in a namespace of its own and seen from outside
 * through /proc, so that nothing stays mounted whatever becomes of the test.
 */
export class SmallDisk {
  /** Where it is, for any process of the same user. */
  readonly path: string;
  readonly #holder: ChildProcess;
  readonly #inside: string;
  #used = 0;
  readonly #lines: AsyncIterator<string>;

  private constructor(holder: ChildProcess, inside: string) {
    this.#holder = holder;
    this.#inside = inside;
    this.path = join('/proc', String(holder.pid), 'root', inside);
    this.#lines = createInterface({ input: holder.stdout! })[Symbol.asyncIterator]();
  }

  /** @param at an empty folder @param options of tmpfs: `size=512k` */
  static async mount(at: string, options: string): Promise<SmallDisk> {
    mkdirSync(at, { recursive: true });
    const namespace = ['-m', '-Urm'].find((flags) => canUnshare(flags));
    if (namespace === undefined) throw new Error(REMEDY);
    const holder = spawn('unshare', [namespace, 'sh'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const disk = new SmallDisk(holder, at);
    await disk.#run(`mount -t tmpfs -o ${options} tmpfs '${at}'`);
    return disk;
  }

  async setReadOnly(readOnly: boolean): Promise<void> {
    await this.#run(`mount -o remount,bind,${readOnly ? 'ro' : 'rw'} '${this.#inside}'`);
  }

  /** Takes all the room there is. */
  fill(): void {
    const handle = openSync(this.#filler, 'a', 0o600);
    try {
      const bytes = Buffer.alloc(65_536, 1);
      while (writeSync(handle, bytes) === bytes.length);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(handle);
    }
  }

  /** Takes all the files there can be. */
  useUpFiles(): void {
    mkdirSync(this.#files, { recursive: true });
    try {
      for (;;) writeFileSync(join(this.#files, String(++this.#used)), '');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  /** Gives back all that was taken. */
  empty(): void {
    for (const path of [this.#filler, this.#files]) rmSync(path, { recursive: true, force: true });
  }

  async unmount(): Promise<void> {
    this.#holder.stdin!.end();
    if (this.#holder.exitCode === null) await once(this.#holder, 'exit');
  }

  get #filler(): string {
    return join(this.path, 'filler');
  }

  get #files(): string {
    return join(this.path, 'files');
  }

  async #run(command: string): Promise<void> {
    this.#holder.stdin!.write(`${command} && echo done || echo failed\n`);
    const { value } = (await this.#lines.next()) as { value?: string };
    if (value !== 'done')
      throw new Error(`${command}: ${value ?? 'the shell has ended'}. ${REMEDY}`);
  }
}

function canUnshare(flags: string): boolean {
  try {
    execFileSync('unshare', [flags, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
