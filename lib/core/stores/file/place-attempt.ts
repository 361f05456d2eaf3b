import * as fs from 'node:fs';
import { link } from 'node:fs/promises';
import { readHeaderSync, removeFile } from './file-access.js';
import { isDamage } from './file-damage.js';
import { codeOf, isGone } from './file-errors.js';
import { putInPlace, putInPlaceSync } from './put-in-place.js';
import { removeQuietly } from './remove-quietly.js';
import { isSameFile, type SeenFile } from './seen-file.js';

/** What another thread needs to know to make an attempt. */
export interface SeenPlace {
  /** Undefined: nothing. */
  readonly there: SeenFile | undefined;
}

/** A file that was replaced, and has been given another name. */
export interface ReplacedFile {
  readonly path: string;
  readonly size: number;
}

export interface Taken {
  /** Undefined: there was nothing, or nothing that is worth keeping. */
  readonly replaced: ReplacedFile | undefined;
}

/**
 * - `changed`: something else is there than what was looked at, or nothing any more; that stays;
 * - `unlinkable`: the file system, or what is in the way, has no links; it stays too;
 * - `overtaken`: what another process put there may have been lost, and the file was withdrawn.
 */
export type AttemptOutcome = Taken | 'changed' | 'unlinkable' | 'overtaken';

type Step =
  | { readonly what: 'link' | 'put'; readonly from: string; readonly to: string }
  | { readonly what: 'remove'; readonly from: string };

/**
 * One attempt to put a file in a place where another process may put something newer at any time. A rename
 * would replace that unseen. So where there was nothing the file is linked, which fails if there is something
 * by then; and what is to be replaced is given a second name first, by which one can see whether it is still
 * what was looked at.
 */
export class PlaceAttempt {
  readonly #path: string;
  readonly #there: SeenFile | 'damaged' | undefined;
  readonly #asideOf: () => string;
  readonly #discard: (path: string) => void;

  /**
   * @param there what was there when it was looked at; undefined: nothing
   * @param asideOf a new name beside it
   * @param discard removes what is of no use any more; what stays is found by the cleanup
   */
  constructor(
    path: string,
    there: SeenFile | 'damaged' | undefined,
    asideOf: () => string,
    discard: (path: string) => void,
  ) {
    this.#path = path;
    this.#there = there;
    this.#asideOf = asideOf;
    this.#discard = discard;
  }

  /** Puts the file with this inode there, without waiting. @throws what the disk gives, also for want of a folder */
  takeNow(temporary: string, ino: number): AttemptOutcome {
    const steps = this.#steps(temporary, ino);
    let next = steps.next();
    while (next.done !== true) {
      try {
        doNow(next.value);
      } catch (error) {
        next = steps.throw(error);
        continue;
      }
      next = steps.next();
    }
    return next.value;
  }

  /** As `takeNow`, where the disk may have to be waited for. */
  async take(temporary: string, ino: number): Promise<AttemptOutcome> {
    const steps = this.#steps(temporary, ino);
    let next = steps.next();
    while (next.done !== true) {
      try {
        await done(next.value);
      } catch (error) {
        next = steps.throw(error);
        continue;
      }
      next = steps.next();
    }
    return next.value;
  }

  /** What is to be done with the disk, one after the other; each may be waited for, and what it throws is thrown here. */
  *#steps(temporary: string, ino: number): Generator<Step, AttemptOutcome, void> {
    const path = this.#path;
    const aside = this.#there === undefined ? undefined : this.#asideOf();
    try {
      yield aside === undefined
        ? { what: 'link', from: temporary, to: path }
        : { what: 'link', from: path, to: aside };
    } catch (error) {
      return this.#notLinked(error);
    }
    if (aside === undefined) {
      yield { what: 'remove', from: temporary };
      return { replaced: undefined };
    }
    let outcome: AttemptOutcome = 'changed';
    try {
      // The system has it in memory: it has just been linked.
      if (this.#isSame(aside, fs.lstatSync(aside))) {
        yield { what: 'put', from: temporary, to: path };
        outcome = isAlone(aside) ? this.#replaced(aside) : this.#withdraw(aside, ino);
      }
    } finally {
      // At once, as it may be put aside again: it has another name, so that this takes no time.
      if (outcome === 'changed') removeQuietly(aside);
    }
    return outcome;
  }

  /** @throws for want of a folder */
  #notLinked(error: unknown): 'changed' | 'unlinkable' {
    if (isGone(error) && this.#there === undefined) throw error;
    return isGone(error) || codeOf(error) === 'EEXIST' ? 'changed' : 'unlinkable';
  }

  /** Whether what was put aside is what was looked at, and is still in its place. */
  #isSame(aside: string, stats: fs.Stats): boolean {
    const there = this.#there;
    if (stats.nlink < 2) return false;
    return there === 'damaged' ? isDamaged(aside) : isSameFile(stats, there!);
  }

  #replaced(aside: string): Taken {
    const there = this.#there;
    if (there !== 'damaged') return { replaced: { path: aside, size: there!.size } };
    this.#discard(aside);
    return { replaced: undefined };
  }

  /** Better no value than one that is older than what was lost. */
  #withdraw(aside: string, ino: number): 'overtaken' {
    const back = this.#asideOf();
    try {
      fs.renameSync(this.#path, back);
      if (fs.lstatSync(back).ino !== ino) fs.linkSync(back, this.#path);
    } catch {
      // There is nothing, or something newer still.
    }
    this.#discard(back);
    this.#discard(aside);
    return 'overtaken';
  }
}

/**
 * Whether nobody else has replaced, or is replacing, what was put aside: he gives it a second name of his own, as a
 * rule. Then what he wrote may have come between the look and the renaming, and be lost.
 */
function isAlone(aside: string): boolean {
  return fs.lstatSync(aside).nlink === 1;
}

function isDamaged(path: string): boolean {
  try {
    readHeaderSync(path);
    return false;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return true;
  }
}

function doNow(step: Step): void {
  if (step.what === 'link') fs.linkSync(step.from, step.to);
  else if (step.what === 'put') putInPlaceSync(step.from, step.to);
  else removeQuietly(step.from);
}

async function done(step: Step): Promise<void> {
  if (step.what === 'link') await link(step.from, step.to);
  else if (step.what === 'put') await putInPlace(step.from, step.to);
  else await removeFile(step.from).catch(() => false);
}
