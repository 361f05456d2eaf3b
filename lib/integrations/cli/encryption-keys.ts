import { readFileSync } from 'node:fs';
import { resolveCodec } from '../../core/byte-options.js';
import { CacheOptionsError } from '../../core/primitives/errors.js';
import { CommandError, wrongUsage } from './command-error.js';
import type { Given, Options } from './verb.js';

const VARIABLE = 'NESTJS_TIERED_CACHE_KEYS';

/** Where keys come from, as a message calls them. */
export const KEYS_NAME = `--key, --key-file and ${VARIABLE}`;

/** For a verb that reads encrypted values. */
export const KEY_OPTIONS: Options = {
  key: {
    type: 'string',
    multiple: true,
    value: 'key',
    help: 'of the encryption, in hexadecimal digits or base64; may be given again',
  },
  'key-file': {
    type: 'string',
    multiple: true,
    value: 'file',
    help: `a file with a key on each line (or the variable ${VARIABLE}, with commas)`,
  },
};

/** From the command line, files and the environment. @throws CommandError that shows no key */
export function encryptionKeys(
  given: Given,
  env: Readonly<Record<string, string | undefined>>,
): Uint8Array[] {
  const keys: Uint8Array[] = [];
  for (const key of (given.key ?? []) as string[]) keys.push(keyOf(key, '--key'));
  for (const path of (given['key-file'] ?? []) as string[]) {
    for (const [at, line] of linesOf(path).entries()) {
      if (line.trim() !== '') keys.push(keyOf(line.trim(), `--key-file ${path}, line ${at + 1}`));
    }
  }
  for (const key of (env[VARIABLE] ?? '').split(',')) {
    if (key.trim() !== '') keys.push(keyOf(key.trim(), VARIABLE));
  }
  return keys;
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    throw new CommandError(2, `--key-file ${path}: ${(error as Error).message}`);
  }
}

function keyOf(key: string, where: string): Uint8Array {
  try {
    return resolveCodec({ encryption: { keys: [key] } }, {}).encryptionKeys[0]!;
  } catch (error) {
    if (!(error instanceof CacheOptionsError)) throw error;
    throw wrongUsage(`${where} must be 32 bytes, as 64 hexadecimal digits or in base64`);
  }
}
