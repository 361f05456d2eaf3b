import { readHeader, readHeaderSync, removeFile, type FoundHeader } from './file-access.js';
import { isDamage, lookedAtTwice, lookedAtTwiceSync } from './file-damage.js';
import type { RecordHeader } from './file-record.js';
import type { InlineIo } from './inline-io.js';
import {
  PlaceAttempt,
  type AttemptOutcome,
  type ReplacedFile,
  type SeenPlace,
} from './place-attempt.js';
import { putInPlace, putInPlaceSync } from './put-in-place.js';
import type { SeenFile } from './seen-file.js';
import type { SpareFiles } from './spare-files.js';

/** Each attempt that fails is one in which another process wrote the same entry. */
const MOST_ATTEMPTS = 16;

/**
 * The place of an entry for something older than now, as what a load has found is: another process may put something
 * newer there at any time. What is there is looked at, and judged; an attempt that finds something else there is followed by another look.
 */
export class ContestedPlace {
  readonly #path: string;
  readonly #asideOf: () => string;
  readonly #mayReplace: (there: RecordHeader | undefined) => boolean;
  /** What was there when it was looked at; undefined: nothing. */
  #there: SeenFile | 'damaged' | undefined;
  /** Not on Windows, nor where the file system, or what is in the way, has no links. */
  #canLink = process.platform !== 'win32';
  #replaced: ReplacedFile | undefined;

  /**
   * @param asideOf a new name beside it
   * @param mayReplace whether the file may replace what has this header, or fill the empty place
   */
  constructor(
    path: string,
    asideOf: () => string,
    mayReplace: (there: RecordHeader | undefined) => boolean,
  ) {
    this.#path = path;
    this.#asideOf = asideOf;
    this.#mayReplace = mayReplace;
  }

  /** Whether there was something when it was looked at. */
  get isFilled(): boolean {
    return this.#there !== undefined;
  }

  /** For an attempt of another thread; undefined: it should make none. */
  get seen(): SeenPlace | undefined {
    return this.#canLink && this.#there !== 'damaged' ? { there: this.#there } : undefined;
  }

  /** Looks at what is there. @returns whether the file may be put there */
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
      const taken = this.#tryNow(temporary, ino);
      if (taken !== undefined) return taken;
      if (!this.#lookNow()) return false;
    }
    return false;
  }

  /** As `takeNow`, where the disk may have to be waited for. */
  async take(temporary: string, ino: number, inline?: InlineIo): Promise<boolean> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const taken = await this.#try(temporary, ino, inline);
      if (taken !== undefined) return taken;
      if (!(await this.look(inline))) return false;
    }
    return false;
  }

  /** What becomes of the file that was replaced: it may be a spare. */
  keepReplaced(spares: SpareFiles | undefined, replaced = this.#replaced): void {
    if (replaced === undefined) return;
    const { path, size } = replaced;
    this.#replaced = undefined;
    if (spares?.wants(size) === true) spares.add(path, size);
    else removeSoon(path);
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

  /** Undefined: it is to be looked at again. */
  #tryNow(temporary: string, ino: number): boolean | undefined {
    if (this.#canLink) return this.#concluded(this.#attempt().takeNow(temporary, ino));
    putInPlaceSync(temporary, this.#path);
    return true;
  }

  /** As `#tryNow`. */
  async #try(
    temporary: string,
    ino: number,
    inline: InlineIo | undefined,
  ): Promise<boolean | undefined> {
    // Not a promise between the look and the renaming, though renaming over a file takes its time: it has blocks allocated.
    if (inline?.allowed === true) return inline.run(() => this.#tryNow(temporary, ino));
    if (this.#canLink) return this.#concluded(await this.#attempt().take(temporary, ino));
    await putInPlace(temporary, this.#path);
    return true;
  }

  #attempt(): PlaceAttempt {
    return new PlaceAttempt(this.#path, this.#there, this.#asideOf, removeSoon);
  }

  #concluded(outcome: AttemptOutcome): boolean | undefined {
    if (outcome === 'overtaken') return false;
    if (typeof outcome === 'string') {
      // With a rename, then: what comes between the look and that is lost.
      if (outcome === 'unlinkable') this.#canLink = false;
      return undefined;
    }
    this.#replaced = outcome.replaced;
    return true;
  }
}

/** Nobody waits for it. */
function removeSoon(path: string): void {
  removeFile(path).catch(() => {});
}

function damageOf(error: unknown): 'damaged' {
  if (!isDamage(error)) throw error;
  return 'damaged';
}
