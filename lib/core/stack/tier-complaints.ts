import type { CacheLogger } from '../model/logger.js';
import { CacheError } from '../primitives/errors.js';
import type { Category } from './category.js';
import type { LowerTier } from './lower-tier.js';

/** What is asked of a tier. A full disk reads and removes, but does not write. */
export type TierWork = 'read' | 'write' | 'remove' | 'lease' | 'list' | 'prune';

/** What the log is told of the tiers' failures: once per change of state. */
export class TierComplaints {
  readonly #logger: CacheLogger;
  /** What of each tier's work failed when it was last tried. */
  readonly #failing = new Map<string, Set<TierWork>>();
  /** Categories of which it was said that a value cannot be kept below memory. */
  readonly #unkept = new Set<string>();

  constructor(logger: CacheLogger) {
    this.#logger = logger;
  }

  /** A tier works again when all that failed does; one that writes is taken to do the rest. */
  recovered({ name }: LowerTier, kind: TierWork): void {
    if (this.#failing.size === 0) return;
    const failing = this.#failing.get(name);
    if (failing === undefined) return;
    const reads = failing.has('read') && kind !== 'read';
    if (kind === 'write') failing.clear();
    else failing.delete(kind);
    if (reads) failing.add('read');
    if (failing.size > 0) return;
    this.#failing.delete(name);
    this.#logger.warn(`The ${name} tier works again`);
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
    const failing = this.#failing.get(tier.name);
    failing?.add(kind);
    if (failing === undefined) {
      this.#failing.set(tier.name, new Set([kind]));
      this.#logger.error(`The ${tier.name} tier fails; going on without it: ${error.message}`);
    }
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
