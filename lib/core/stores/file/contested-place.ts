import * as fs from 'node:fs';
import { link } from 'node:fs/promises';
import { readHeader, readHeaderSync, removeFile, type FoundHeader } from './file-access.js';
import { isDamage, lookedAtTwice, lookedAtTwiceSync } from './file-damage.js';
import { codeOf, isGone } from './file-faults.js';
import type { RecordHeader } from './file-record.js';
import type { InlineIo } from './inline-io.js';
import { putInPlace, putInPlaceSync } from './put-in-place.js';
import type { SpareFiles } from './spare-files.js';
import { removeQuietly } from './temporary-file.js';

type Step =
  | { readonly what: 'link' | 'put'; readonly from: string; readonly to: string }
  | { readonly what: 'remove'; readonly from: string };

/** By these one can see whether it is still the same file, with the same content. */
export type SeenFile = Pick<FoundHeader, 'ino' | 'size' | 'mtimeMs'>;

export interface SeenPlace {
  /** Undefined: nothing. */
  readonly there: SeenFile | undefined;
}

/** A file that was replaced, and has been given another name. */
export interface ReplacedFile {
  readonly path: string;
  readonly size: number;
}

/** Each attempt that fails is one in which another process wrote the same entry. */
const MOST_ATTEMPTS = 16;

/**
 * The place of an entry that a load has found, where another process may put something newer at any time.
 * A rename would replace that unseen. So where there was nothing the file is linked, which fails if there is
 * something by then; and what is to be replaced is given a second name first, by which one can see whether
 * it is still what was looked at.
 */
export class ContestedPlace {
  readonly #path: string;
  readonly #asideOf: () => string;
  readonly #mayReplace: (there: RecordHeader | undefined) => boolean;
  readonly #discard: (path: string) => void;
  /** What was there when it was looked at; undefined: nothing. */
  #there: SeenFile | 'damaged' | undefined;
  /** Not on Windows, nor where the file system, or what is in the way, has no links. */
  #canLink = process.platform !== 'win32';
  #aside: ReplacedFile | undefined;

  /**
   * @param asideOf a new name beside it
   * @param mayReplace whether the load's file may replace what has this header, or fill the empty place
   * @param discard removes what is of no use any more; what stays is found by the cleanup
   */
  constructor(
    path: string,
    asideOf: () => string,
    mayReplace: (there: RecordHeader | undefined) => boolean,
    discard: (path: string) => void = removeSoon,
  ) {
    this.#path = path;
    this.#asideOf = asideOf;
    this.#mayReplace = mayReplace;
    this.#discard = discard;
  }

  /** That another thread has looked at. */
  static seen(
    path: string,
    { there }: SeenPlace,
    asideOf: () => string,
    discard: (path: string) => void,
  ): ContestedPlace {
    const place = new ContestedPlace(path, asideOf, () => false, discard);
    place.#there = there;
    return place;
  }

  /** Whether there was something when it was looked at. */
  get isFilled(): boolean {
    return this.#there !== undefined;
  }

  /** What another thread needs to know to take the place; undefined: it should not. */
  get seen(): SeenPlace | undefined {
    return this.#canLink && this.#there !== 'damaged' ? { there: this.#there } : undefined;
  }

  /** What was replaced, under its second name. */
  get replaced(): ReplacedFile | undefined {
    return this.#aside;
  }

  /** Looks at what is there. @returns whether the load's file may be put there */
  async look(inline?: InlineIo): Promise<boolean> {
    try {
      return this.#judge(await lookedAtTwice(() => readHeader(this.#path, inline)));
    } catch (error) {
      return this.#judge(damageOf(error));
    }
  }

  /** Puts the file in its place, without waiting; false if something newer is there. */
  takeNow(temporary: string, ino: number): boolean {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const taken = this.tryNow(temporary, ino);
      if (taken !== undefined) return taken;
      if (!this.#lookNow()) return false;
    }
    return false;
  }

  /** One attempt of `takeNow`. Undefined: something else is there than what was looked at. */
  tryNow(temporary: string, ino: number): boolean | undefined {
    const attempt = this.#attempt(temporary, ino);
    let next = attempt.next();
    while (next.done !== true) {
      try {
        takeStepNow(next.value);
      } catch (error) {
        next = attempt.throw(error);
        continue;
      }
      next = attempt.next();
    }
    return next.value;
  }

  /** As `takeNow`, where the disk may have to be waited for. */
  async take(temporary: string, ino: number, inline?: InlineIo): Promise<boolean> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const taken = await this.#takeOnce(temporary, ino, inline);
      if (taken !== undefined) return taken;
      if (!(await this.look(inline))) return false;
    }
    return false;
  }

  /** What becomes of the file that was replaced: it may be a spare. */
  keepReplaced(spares: SpareFiles | undefined, replaced = this.#aside): void {
    if (replaced === undefined) return;
    const { path, size } = replaced;
    this.#aside = undefined;
    if (spares?.wants(size) === true) spares.add(path, size);
    else this.#discard(path);
  }

  #lookNow(): boolean {
    try {
      return this.#judge(lookedAtTwiceSync(() => readHeaderSync(this.#path)));
    } catch (error) {
      return this.#judge(damageOf(error));
    }
  }

  #judge(there: FoundHeader | 'damaged' | undefined): boolean {
    this.#there = there;
    return this.#mayReplace(there === 'damaged' ? undefined : there?.header);
  }

  async #takeOnce(
    temporary: string,
    ino: number,
    inline: InlineIo | undefined,
  ): Promise<boolean | undefined> {
    // Not a promise between the look and the renaming, though renaming over a file takes its time: it has blocks allocated.
    if (inline?.allowed === true) return inline.run(() => this.tryNow(temporary, ino));
    const attempt = this.#attempt(temporary, ino);
    let next = attempt.next();
    while (next.done !== true) {
      try {
        await takeStep(next.value);
      } catch (error) {
        next = attempt.throw(error);
        continue;
      }
      next = attempt.next();
    }
    return next.value;
  }

  /** What is to be done with the disk, one after the other; each may be waited for, and what it throws is thrown here. */
  *#attempt(temporary: string, ino: number): Generator<Step, boolean | undefined, void> {
    const path = this.#path;
    if (!this.#canLink) {
      yield { what: 'put', from: temporary, to: path };
      return true;
    }
    const aside = this.isFilled ? this.#asideOf() : undefined;
    try {
      yield aside === undefined
        ? { what: 'link', from: temporary, to: path }
        : { what: 'link', from: path, to: aside };
    } catch (error) {
      return this.#notLinked(error);
    }
    if (aside === undefined) {
      yield { what: 'remove', from: temporary };
      return true;
    }
    let taken: boolean | undefined;
    try {
      // The system has it in memory: it has just been linked.
      if (this.#isSame(aside, fs.lstatSync(aside))) {
        yield { what: 'put', from: temporary, to: path };
        taken = this.#isAlone(aside) || this.#withdraw(ino);
      }
    } finally {
      this.#putAside(aside, taken);
    }
    return taken;
  }

  /** It is looked at again. @throws for want of a folder */
  #notLinked(error: unknown): undefined {
    if (isGone(error) && !this.isFilled) throw error;
    // With a rename, then: what comes between the look and that is lost.
    if (!isGone(error) && codeOf(error) !== 'EEXIST') this.#canLink = false;
    return undefined;
  }

  /** Whether what was put aside is what was looked at, and is still in its place. */
  #isSame(aside: string, stats: fs.Stats): boolean {
    const there = this.#there;
    if (stats.nlink < 2) return false;
    if (there === 'damaged') return isDamaged(aside);
    const { ino, size, mtimeMs } = there!;
    return stats.ino === ino && stats.size === size && stats.mtimeMs === mtimeMs;
  }

  /**
   * Whether nobody else has replaced, or is replacing, what was put aside: he gives it a second name of his own, as a
   * rule. Then what he wrote may have come between the look and the renaming, and be lost.
   */
  #isAlone(aside: string): boolean {
    return fs.lstatSync(aside).nlink === 1;
  }

  /** Better no value than one that is older than what was lost. */
  #withdraw(ino: number): false {
    const back = this.#asideOf();
    try {
      fs.renameSync(this.#path, back);
      if (fs.lstatSync(back).ino !== ino) fs.linkSync(back, this.#path);
    } catch {
      // There is nothing, or something newer still.
    }
    this.#discard(back);
    return false;
  }

  #putAside(path: string, taken: boolean | undefined): void {
    const there = this.#there;
    // At once, as it may be put aside again: it has another name, so that this takes no time.
    if (taken === undefined) removeQuietly(path);
    else if (taken && there !== 'damaged') this.#aside = { path, size: there!.size };
    else this.#discard(path);
  }
}

/** Nobody waits for it. */
function removeSoon(path: string): void {
  removeFile(path).catch(() => {});
}

function takeStepNow(step: Step): void {
  if (step.what === 'link') fs.linkSync(step.from, step.to);
  else if (step.what === 'put') putInPlaceSync(step.from, step.to);
  else removeQuietly(step.from);
}

async function takeStep(step: Step): Promise<void> {
  if (step.what === 'link') await link(step.from, step.to);
  else if (step.what === 'put') await putInPlace(step.from, step.to);
  else await removeFile(step.from).catch(() => false);
}

function damageOf(error: unknown): 'damaged' {
  if (!isDamage(error)) throw error;
  return 'damaged';
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
