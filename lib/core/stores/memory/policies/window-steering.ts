/** The window's share at first, and the least it and the main space ever have. */
const LEAST_SHARE = 0.01;
/** Of the entries, how many ghosts of a side speak for that side being a little larger. */
const NEAR = 0.07;
/** What a ghost that only the main space could have kept weighs beside a near one. */
const FAR = 0.035;
/** Entries of the shortest step, and of the longest one, of all entries. */
const SHORTEST = 2;
const LONGEST = 0.005;
/** What a step grows by while near ghosts agree, and shrinks to when they turn. */
const FASTER = 1.2;
const SLOWER = 0.3;

/**
 * How much of a category is its window, steered by the ghosts that come back. One that left by the
 * window a short while ago would be a hit had the window been larger, so it grows; one that left the
 * main space a short while ago asks for the opposite. Both sides are watched over the same number of
 * ghosts, so the two speeds compare what one more entry would bring to either side.
 *
 * A ghost that no window could have kept, even if it were the whole category, can only be won by the
 * main space: it counts for that side however long it has been gone, with less weight, since far more ghosts
 * are far than near. Without this a window that has grown to the whole would never hear that it is wrong.
 * Such is also one whose key was used before all that the main space has, unless it is near: LRU of the whole category would have
 * missed it. How many have left since does not show that, as hits in the main space count for nothing there.
 *
 * A step is two entries. While near ghosts agree it grows, so that a large category can change its mind
 * within the time its content lives, and when they turn it shrinks at once.
 */
export class WindowSteering {
  share = LEAST_SHARE;
  private step = SHORTEST;
  /** 1: the last near ghost asked for a larger window; -1: for a smaller one. */
  private course = 0;

  /**
   * A key came back that left by the window, with so many leaving by it up to now.
   * @param isLater whether it was used later than what the main space would lose next
   */
  leftByWindow(rank: number, entries: number, isLater: boolean): void {
    const near = isNear(rank, entries);
    if (this.share * entries + rank > entries || !(near || isLater)) this.turn(-FAR, entries);
    else if (near) this.follow(1, entries);
  }

  /** A key came back that the main space had let go. */
  leftByMain(rank: number, entries: number): void {
    this.turn(-FAR, entries);
    if (isNear(rank, entries)) this.follow(-1, entries);
  }

  clear(): void {
    this.share = LEAST_SHARE;
    this.step = SHORTEST;
    this.course = 0;
  }

  checkInvariants(): void {
    if (!(this.share > 0 && this.share < 1))
      throw new Error(`steering: the window's share is ${this.share}`);
  }

  private follow(course: 1 | -1, entries: number): void {
    const step = this.step * (this.course === course ? FASTER : SLOWER);
    this.step = Math.max(SHORTEST, Math.min(step, LONGEST * entries));
    this.course = course;
    this.turn(course, entries);
  }

  private turn(by: number, entries: number): void {
    const share = this.share + (by * this.step) / entries;
    this.share = Math.max(LEAST_SHARE, Math.min(share, 1 - LEAST_SHARE));
  }
}

function isNear(rank: number, entries: number): boolean {
  return rank <= Math.max(1, NEAR * entries);
}
