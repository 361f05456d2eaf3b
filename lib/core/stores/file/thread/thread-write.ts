import { sizeOf, type ByteParts } from '../byte-parts.js';
import type { FileLayout } from '../file-layout.js';
import { PlaceAttempt, type SeenPlace } from '../place-attempt.js';
import { putInPlaceSync } from '../put-in-place.js';
import { openSpare, type SpareFiles } from '../spare-files.js';
import { removeQuietly } from '../remove-quietly.js';
import { fillSpare, makeTemporarySync } from '../temporary-file.js';

/** A small file that the writing thread writes in one go. */
export interface ThreadWrite {
  /** Of the entry's file. */
  readonly name: string;
  readonly parts: ByteParts;
  /** A file that may be written anew. */
  readonly spare: string | undefined;
  /** Whether what is replaced is given a second name, by which it is kept. */
  readonly keepsReplaced: boolean;
  /** For what a load has found: what was there when it was looked at. */
  readonly contested: SeenPlace | undefined;
}

export interface ThreadWritten {
  readonly ino: number;
  /** The second name of what was replaced, if it has one. */
  readonly replaced: string | undefined;
}

/** `failed`: nothing is left of it, and whoever has more patience may try. */
export type ThreadAnswer = ThreadWritten | 'overtaken' | 'failed';

/** @param spares says what may be linked */
export function writeInThread(
  layout: FileLayout,
  write: ThreadWrite,
  spares: SpareFiles,
): ThreadAnswer {
  const { name, parts, contested } = write;
  let temporary: string | undefined;
  let replaced: string | undefined;
  try {
    const spare = write.spare === undefined ? undefined : openSpare(write.spare);
    temporary = spare?.path ?? layout.temporaryOf(name);
    const ino =
      spare === undefined
        ? makeTemporarySync(temporary, parts)
        : fillSpare(spare, parts, sizeOf(parts));
    if (contested !== undefined) return contest(layout, name, contested, temporary, ino);
    const path = layout.pathOf(name);
    if (write.keepsReplaced) {
      const second = layout.temporaryOf(name);
      if (spares.link(path, second)) replaced = second;
    }
    putInPlaceSync(temporary, path);
    return { ino, replaced };
  } catch {
    if (temporary !== undefined) removeQuietly(temporary);
    if (replaced !== undefined) removeQuietly(replaced);
    return 'failed';
  }
}

function contest(
  layout: FileLayout,
  name: string,
  { there }: SeenPlace,
  temporary: string,
  ino: number,
): ThreadAnswer {
  const asideOf = (): string => layout.temporaryOf(name);
  const attempt = new PlaceAttempt(layout.pathOf(name), there, asideOf, removeQuietly);
  const outcome = attempt.takeNow(temporary, ino);
  if (typeof outcome === 'object') return { ino, replaced: outcome.replaced?.path };
  removeQuietly(temporary);
  // What is there by now has to be looked at, and judged, again.
  return outcome === 'overtaken' ? outcome : 'failed';
}
