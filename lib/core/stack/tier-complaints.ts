import type { CacheLogger } from '../model/logger.js';
import type { Clock } from '../primitives/clock.js';
import { CacheError } from '../primitives/errors.js';
import type { Category } from './category.js';
import type { LowerTier } from './lower-tier.js';

/** What is asked of a tier. A full disk reads and removes, but does not write. */
export type TierWork = 'read' | 'write' | 'remove' | 'lease' | 'list' | 'prune';

/** A tier that fails again so soon after it worked again is believed to work when it has not failed for as long. */
const QUIET_MS = 60_000;

/** How a tier fails. */
interface Failing {
  /** What of its work failed when it was last tried. */
  readonly work: Set<TierWork>;
  /** Whether it comes and goes, as on a full disk that has room for what is small. */
  readonly isUnsteady: boolean;
  /** The last time. */
  at: number;
}

/** What the log is told of the tiers' failures: once per change of state. */
export class TierComplaints {
  readonly #logger: CacheLogger;
  readonly #clock: Clock;
  readonly #failing = new Map<string, Failing>();
  /** When it was said that a tier works again. */
  readonly #recoveredAt = new Map<string, number>();
  /** Categories of which it was said that a value cannot be kept below memory. */
  readonly #unkept = new Set<string>();

  constructor(logger: CacheLogger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /**
   * A tier works again when all that failed does; one that writes is taken to do the rest.
   *
   * @returns whether that has just been said
   */
  recovered({ name }: LowerTier, kind: TierWork): boolean {
    if (this.#failing.size === 0) return false;
    const failing = this.#failing.get(name);
    if (failing === undefined) return false;
    const { work, isUnsteady, at } = failing;
    const reads = work.has('read') && kind !== 'read';
    if (kind === 'write') work.clear();
    else work.delete(kind);
    if (reads) work.add('read');
    if (work.size > 0) return false;
    const now = this.#clock.now();
    if (isUnsteady && now - at < QUIET_MS) return false;
    this.#failing.delete(name);
    this.#recoveredAt.set(name, now);
    this.#logger.warn(`The ${name} tier works again`);
    return true;
  }

  /** Of a value that no tier could keep faithfully, once per category. */
  failed(tier: LowerTier, kind: TierWork, category: Category | undefined, error: Error): void {
    if (isUnkept(error)) {
      const { name = '' } = category ?? {};
      if (this.#unkept.has(name)) return;
      this.#unkept.add(name);
      this.#logger.error(`${name}: not kept in the ${tier.name} tier: ${error.message}`);
      return;
    }
    const at = this.#clock.now();
    const failing = this.#failing.get(tier.name);
    if (failing !== undefined) {
      failing.work.add(kind);
      failing.at = at;
      return;
    }
    const isUnsteady = at - (this.#recoveredAt.get(tier.name) ?? -Infinity) < QUIET_MS;
    this.#failing.set(tier.name, { work: new Set([kind]), isUnsteady, at });
    this.#logger.error(`The ${tier.name} tier fails; going on without it: ${error.message}`);
  }

  leftAlone({ name, patience }: LowerTier): void {
    const pause = `${patience!.pauseMs} ms`;
    this.#logger.warn(`The ${name} tier does not answer; it is tried again every ${pause}`);
  }

  /** The cache was closed, and the tier did not end what it had begun. */
  unended(error: Error): void {
    this.#logger.error(`Closed without waiting any longer: ${error.message}`);
  }
}

/** Whether it is the value that cannot be kept: no fault of the tier's. */
export function isUnkept(error: Error): boolean {
  return error instanceof CacheError && error.code === 'CACHE_SERIALIZATION';
}
