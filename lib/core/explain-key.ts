import { endOf, type CacheEntry } from './model/cache-entry.js';
import { CacheExplanation, type TierExplanation } from './model/cache-explanation.js';
import type { MissReason } from './model/cache-result.js';
import type { TierName } from './model/options.js';
import type { ReadThrough } from './loading/read-through.js';
import type { Category, TierSelection } from './stack/category.js';
import type { TierStack } from './stack/tier-stack.js';

export interface ExplainParts {
  readonly stack: TierStack;
  readonly loads: ReadThrough;
  readonly now: () => number;
}

/** Looks at a key in every tier. No read: nothing is counted, used or promoted. */
export async function explainKey(
  category: Category,
  key: string,
  selection: TierSelection,
  { stack, loads, now }: ExplainParts,
): Promise<CacheExplanation> {
  const tiers: TierExplanation[] = [];
  // What is found is judged by one moment, however long the tiers take.
  const at = now();
  if (selection.memory) tiers.push(inMemory(category, key, at));
  for (const tier of selection.lower) {
    const entry = await stack.reads.peek(category, key, tier);
    const bytes = tier.sizeOf?.(category.name, key);
    tiers.push(below(tier.name, entry, bytes, at));
  }
  const load = loads.explain(category, key);
  return new CacheExplanation({ category: category.name, key, at, tiers, load });
}

function inMemory({ memory }: Category, key: string, now: number): TierExplanation {
  memory.keepBirths();
  const entry = memory.peek(key);
  if (typeof entry === 'string') return nothing('memory', entry);
  const { bornAt, expiresAt, staleUntil, bytes, tags } = entry;
  const createdAt = bornAt === 0 ? undefined : bornAt;
  return there('memory', { createdAt, expiresAt, staleUntil, bytes, tags: [...tags] }, now);
}

function below(
  tier: TierName,
  entry: CacheEntry | MissReason | Error,
  bytes: number | undefined,
  now: number,
): TierExplanation {
  if (entry instanceof Error) return { tier, state: 'failed', reason: 'error', error: entry };
  if (typeof entry === 'string') return nothing(tier, entry);
  const { createdAt, expiresAt, tags } = entry;
  return there(tier, { createdAt, expiresAt, staleUntil: endOf(entry), bytes, tags }, now);
}

function nothing(tier: TierName, reason: MissReason): TierExplanation {
  return { tier, state: 'absent', reason };
}

function there(
  tier: TierName,
  entry: Omit<TierExplanation, 'tier' | 'state'> & { expiresAt: number; staleUntil: number },
  now: number,
): TierExplanation {
  const { expiresAt, staleUntil } = entry;
  const isFresh = expiresAt > now;
  return {
    tier,
    state: isFresh ? 'fresh' : 'stale',
    ...entry,
    staleUntil: staleUntil > expiresAt ? staleUntil : undefined,
    ...(isFresh ? {} : { reason: 'expired' as const }),
  };
}
