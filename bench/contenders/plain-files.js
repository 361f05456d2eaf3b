import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The base: what a file an entry asks for by itself. No key in it, no time to live, no checksum. */
export function files(directory) {
  let writes = 0;
  const pathOf = (key) => join(directory, key.replace(':', '-'));
  return {
    get: async (key) => JSON.parse(await readFile(pathOf(key), 'utf8')),
    async set(key, value) {
      const temporary = join(directory, `new-${writes++}`);
      await writeFile(temporary, JSON.stringify(value));
      await rename(temporary, pathOf(key));
    },
    close: async () => {},
  };
}
