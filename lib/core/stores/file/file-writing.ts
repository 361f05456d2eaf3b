import * as fs from 'node:fs';
import { sizeOf, type ByteParts } from './byte-parts.js';
import type { ContestedPlace } from './contested-place.js';
import { isGone, isOutOfHandles } from './file-errors.js';
import type { FileLayout } from './file-layout.js';
import { SMALL, type InlineIo } from './inline-io.js';
import type { MakingCost } from './making-cost.js';
import { makeFolder, openFolder } from './private-folder.js';
import { putInPlace, putInPlaceSync } from './put-in-place.js';
import { removeQuietly } from './remove-quietly.js';
import type { Spare, SpareFiles } from './spare-files.js';
import type { WriteThread } from './thread/write-thread.js';
import { fillSpare, isSettled, makeTemporary, makeTemporarySync } from './temporary-file.js';

/** How often a folder is made for one file. */
const MOST_PLACES = 2;

/** What makes writing quicker. */
export interface WriteOptions {
  readonly inline?: InlineIo;
  readonly spares?: SpareFiles;
  readonly making?: MakingCost;
  /** Where others write meanwhile. */
  readonly thread?: WriteThread | undefined;
  /** Bytes of the file that is there, if that is known. */
  readonly replaced?: number | undefined;
  /** Of what something newer of another process keeps out of its place. */
  readonly place?: ContestedPlace | undefined;
  /** Whether it has come too late for its place, where that is not contested. */
  readonly isLate?: () => boolean;
}

/** Puts a file in its place, whole. @returns its inode, at once where a spare file takes the bytes; or that it may not replace what is there */
export async function writeWhole(
  layout: FileLayout,
  name: string,
  parts: ByteParts,
  options: WriteOptions = {},
): Promise<number | 'overtaken'> {
  const size = sizeOf(parts);
  const { inline, thread, spares, replaced, place } = options;
  let spare: Spare | undefined;
  if (size <= SMALL) {
    if (thread?.isFree === true && spares !== undefined) {
      const ino = await writeThere(name, parts, thread, spares, replaced, place);
      if (ino !== undefined) return ino;
    } else if (inline?.allowed === true) {
      // All in one go: a promise, and a look at the clock, for each step would cost as much as the step.
      const started = performance.now();
      const done = inline.run(() => writeNow(layout, name, parts, size, options));
      thread?.spent(performance.now() - started);
      if (typeof done === 'number' || done === 'overtaken') return done;
      spare = done;
    }
  }
  return writePatiently(layout, name, parts, size, spare, options);
}

/** The inode, or that it was overtaken; undefined if it takes more patience. */
async function writeThere(
  name: string,
  parts: ByteParts,
  thread: WriteThread,
  spares: SpareFiles,
  replaced: number | undefined,
  place: ContestedPlace | undefined,
): Promise<number | 'overtaken' | undefined> {
  const contested = place?.seen;
  if (place !== undefined && contested === undefined) return undefined;
  const size = contested === undefined ? replaced : contested.there?.size;
  const keepsReplaced = size !== undefined && spares.wants(size);
  const spare = spares.pick()?.path;
  const answer = await thread.write({ name, parts, spare, keepsReplaced, contested });
  if (answer === 'failed') return undefined;
  if (answer === 'overtaken') return answer;
  if (answer.replaced !== undefined) {
    const kept = { path: answer.replaced, size: size! };
    if (place === undefined) spares.add(kept.path, kept.size);
    else place.keepReplaced(spares, kept);
  }
  return answer.ino;
}

/** The inode, or that it was overtaken; or the spare that is to be written with more patience; undefined if there is none. */
function writeNow(
  layout: FileLayout,
  name: string,
  parts: ByteParts,
  size: number,
  { spares, making, replaced, place }: WriteOptions,
): number | 'overtaken' | Spare | undefined {
  const replaces = place === undefined ? replaced !== undefined : place.isFilled;
  const spare = spares?.take();
  if (spare === undefined) {
    // A new file that replaces another has its blocks allocated while it is renamed.
    if (replaces || making?.isLow !== true) return undefined;
    const made = making.measure(() => makeNow(layout, name, parts, place));
    // Nothing was there when it was looked at; there may have been since.
    place?.keepReplaced(spares);
    return made;
  }
  if (replaces && !isSettled(spare, size)) return spare;
  const path = layout.pathOf(name);
  let aside: string | undefined;
  try {
    const ino = fillSpare(spare, parts, size);
    if (place !== undefined) {
      if (!place.takeNow(spare.path, ino)) return overtaken(spare.path);
    } else {
      if (replaced !== undefined) aside = putAside(layout, name, spares!, replaced);
      putInPlaceSync(spare.path, path);
    }
  } catch (error) {
    removeQuietly(spare.path);
    if (aside !== undefined) removeQuietly(aside);
    // Made again, with the folder.
    if (isGone(error)) return undefined;
    throw error;
  }
  place?.keepReplaced(spares);
  if (aside !== undefined) spares!.add(aside, replaced!);
  return spare.stats.ino;
}

/** The inode, or that it was overtaken; undefined if it takes more patience. */
function makeNow(
  layout: FileLayout,
  name: string,
  parts: ByteParts,
  place: ContestedPlace | undefined,
): number | 'overtaken' | undefined {
  try {
    return writeOnceSync(layout, name, parts, place);
  } catch (error) {
    if (isGone(error) || isOutOfHandles(error)) return undefined;
    throw error;
  }
}

async function writePatiently(
  layout: FileLayout,
  name: string,
  parts: ByteParts,
  size: number,
  spare: Spare | undefined,
  options: WriteOptions,
): Promise<number | 'overtaken'> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await writeOnce(layout, name, parts, size, attempt === 1 ? spare : undefined, options);
    } catch (error) {
      // The folder was not there, or went while the file was written: once with each.
      if (!isGone(error) || attempt > MOST_PLACES) throw error;
      makePlace(layout, name);
    }
  }
}

/** As `writeWhole`, without waiting. */
export function writeWholeSync(
  layout: FileLayout,
  name: string,
  parts: ByteParts,
  place?: ContestedPlace,
): number | 'overtaken' {
  try {
    return writeOnceSync(layout, name, parts, place);
  } catch (error) {
    if (!isGone(error)) throw error;
    makePlace(layout, name);
    return writeOnceSync(layout, name, parts, place);
  }
}

async function writeOnce(
  layout: FileLayout,
  name: string,
  parts: ByteParts,
  size: number,
  spare: Spare | undefined,
  { inline, spares, replaced, place, isLate }: WriteOptions,
): Promise<number | 'overtaken'> {
  const temporary = spare?.path ?? layout.temporaryOf(name);
  const path = layout.pathOf(name);
  let aside: string | undefined;
  try {
    const ino =
      spare === undefined
        ? await makeTemporary(temporary, parts, size, inline)
        : fillSpare(spare, parts, size);
    if (place !== undefined) {
      // It took its time.
      const quick = size > SMALL ? undefined : inline;
      if (!(await place.look(inline)) || !(await place.take(temporary, ino, quick))) {
        return overtaken(temporary);
      }
      place.keepReplaced(inline?.allowed === true ? spares : undefined);
      return ino;
    }
    if (isLate?.() === true) return overtaken(temporary);
    if (replaced !== undefined && spares !== undefined && inline?.allowed === true) {
      aside = inline.run(() => putAside(layout, name, spares, replaced));
    }
    // A new file that replaces another has its blocks allocated while it is renamed.
    if (replaced === undefined && inline?.allowed === true) {
      inline.run(() => putInPlaceSync(temporary, path));
    } else await putInPlace(temporary, path);
    if (aside !== undefined) spares!.add(aside, replaced!);
    return ino;
  } catch (error) {
    removeQuietly(temporary);
    if (aside !== undefined) removeQuietly(aside);
    throw error;
  }
}

/** Gives the file that is to be replaced a second name, by which it is kept as a spare. */
function putAside(
  layout: FileLayout,
  name: string,
  spares: SpareFiles,
  replaced: number,
): string | undefined {
  if (!spares.wants(replaced)) return undefined;
  const second = layout.temporaryOf(name);
  return spares.link(layout.pathOf(name), second) ? second : undefined;
}

function writeOnceSync(
  layout: FileLayout,
  name: string,
  parts: ByteParts,
  place?: ContestedPlace,
): number | 'overtaken' {
  const temporary = layout.temporaryOf(name);
  try {
    const ino = makeTemporarySync(temporary, parts);
    if (place === undefined) putInPlaceSync(temporary, layout.pathOf(name));
    else if (!place.takeNow(temporary, ino)) return overtaken(temporary);
    return ino;
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
}

/** Both the cache's folders and the entry's own. */
function makePlace(layout: FileLayout, name: string): void {
  openFolder(layout);
  const folder = layout.folderOf(name);
  const there = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (there?.isDirectory() === false) fs.rmSync(folder);
  makeFolder(folder);
}

function overtaken(temporary: string): 'overtaken' {
  removeQuietly(temporary);
  return 'overtaken';
}
