import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Every file in a folder and the folders in it. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Files in which a text stands in clear, as keys do. */
export function filesWith(folder: string, text: string): string[] {
  return filesIn(folder).filter((path) => readFileSync(path).includes(text));
}
