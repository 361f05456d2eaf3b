import { closeSync, createWriteStream, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandError } from '../command-error.js';

/**
 * Writes what comes from a pipe into a file without a name, so that it can be read twice. Nothing is left of it once it
 * is closed, or the process has ended in whatever way.
 *
 * @returns the file, open; the caller closes it
 * @throws CommandError if it cannot be written, as on a full disk
 */
export async function spooledInput(input: Readable): Promise<number> {
  const file = unnamedFile();
  try {
    await pipeline(input, createWriteStream('', { fd: file, autoClose: false }));
    return file;
  } catch (error) {
    closeSync(file);
    throw notKept(error);
  }
}

function unnamedFile(): number {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'nestjs-tiered-cache-'));
    return openSync(join(folder, 'requests'), 'wx+', 0o600);
  } catch (error) {
    throw notKept(error);
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function notKept(error: unknown): CommandError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new CommandError(1, `standard input cannot be kept in ${tmpdir()}: ${code ?? message}`);
}
