import { describe } from '../primitives/errors.js';
import { durationText } from '../primitives/duration-text.js';
import type { MissReason } from './cache-result.js';
import type { TierName } from './options.js';

/** What a tier has of a key. */
export interface TierExplanation {
  readonly tier: TierName;
  /** `stale`: past its TTL, and kept for loads that may serve it; `failed`: the tier could not say. */
  readonly state: 'fresh' | 'stale' | 'absent' | 'failed';
  /** Why a read finds nothing there, as far as the tier remembers. */
  readonly reason?: MissReason | undefined;
  /** When the value was made, epoch milliseconds, where that is known. */
  readonly createdAt?: number | undefined;
  /** Epoch milliseconds; Infinity: never. */
  readonly expiresAt?: number | undefined;
  /** Until when it may be served stale, epoch milliseconds; absent if not at all. */
  readonly staleUntil?: number | undefined;
  /** In memory an estimate; of a file its size. Absent where that is not known. */
  readonly bytes?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  /** What failed. */
  readonly error?: Error | undefined;
}

/** What the loads of a key are doing. */
export interface LoadExplanation {
  /** `renewing`: in the background; `waiting`: to be renewed when its turn comes. */
  readonly state: 'none' | 'running' | 'renewing' | 'waiting';
  /** Its source has failed, and is left alone until then while there is a stale value; epoch milliseconds. */
  readonly pausedUntil?: number | undefined;
}

const REASONS: Readonly<Record<MissReason, string>> = {
  absent: 'it was never set, was deleted or cleared, or left long ago',
  expired: 'its TTL is over',
  evicted: 'it made room for others',
  invalidated: 'one of its tags was invalidated',
  disabled: 'the cache is switched off, or closed',
  error: 'a tier failed',
};

const LOADS: Readonly<Record<LoadExplanation['state'], string>> = {
  none: 'none under way',
  running: 'under way',
  renewing: 'under way in the background',
  waiting: 'to be renewed in the background, waits for its turn',
};

/** Where a key lives, and what a read of it would find. As text: a few lines for a person. */
export class CacheExplanation {
  readonly category: string;
  readonly key: string;
  /** When it was looked, epoch milliseconds. */
  readonly at: number;
  /** Nearest first. */
  readonly tiers: readonly TierExplanation[];
  readonly load: LoadExplanation;

  constructor(given: Pick<CacheExplanation, 'category' | 'key' | 'at' | 'tiers' | 'load'>) {
    this.category = given.category;
    this.key = given.key;
    this.at = given.at;
    this.tiers = given.tiers;
    this.load = given.load;
  }

  /** Whether a read finds it. */
  get found(): boolean {
    return this.tiers.some(({ state }) => state === 'fresh');
  }

  /** Why a read finds nothing: a tier fails, or why the last one missed, unless more has happened since. */
  get reason(): MissReason | undefined {
    if (this.found) return undefined;
    if (this.tiers.length === 0) return 'disabled';
    const reasons = this.tiers.map(({ reason = 'absent' }) => reason);
    if (reasons.includes('error')) return 'error';
    return reasons.find((reason) => reason !== 'absent') ?? 'absent';
  }

  toString(): string {
    const { reason, load } = this;
    const { pausedUntil } = load;
    const lines = [`${this.category} ${describe(this.key)}`];
    for (const tier of this.tiers) lines.push(`  ${tier.tier}: ${this.#textOf(tier)}`);
    if (reason !== undefined) lines.push(`  a read misses: ${reason}, ${REASONS[reason]}`);
    const pause =
      pausedUntil === undefined
        ? ''
        : `; its source has failed, and is left alone for ${durationText(pausedUntil - this.at)}`;
    lines.push(`  load: ${LOADS[load.state]}${pause}`);
    return lines.join('\n');
  }

  #textOf({ state, reason = 'absent', error, ...entry }: TierExplanation): string {
    if (state === 'failed') return `failed: ${error?.message}`;
    if (state === 'absent') return `nothing: ${reason}`;
    const { createdAt, expiresAt = Infinity, staleUntil, bytes, tags = [], tier } = entry;
    const parts = [freshness(state, expiresAt, this.at)];
    if (staleUntil !== undefined) {
      parts.push(`may be served stale for ${durationText(staleUntil - this.at)} from now`);
    }
    // The clock may have been set back since.
    if (createdAt !== undefined) {
      parts.push(`${durationText(Math.max(0, this.at - createdAt))} old`);
    }
    if (bytes !== undefined) parts.push(`${tier === 'memory' ? 'about ' : ''}${bytes} bytes`);
    if (tags.length > 0) parts.push(`tags ${tags.map((tag) => describe(tag)).join(' ')}`);
    return parts.join(', ');
  }
}

function freshness(state: 'fresh' | 'stale', expiresAt: number, now: number): string {
  if (state === 'stale') return `stale for ${durationText(now - expiresAt)}`;
  return expiresAt === Infinity
    ? 'never expires'
    : `fresh for ${durationText(expiresAt - now)} more`;
}
