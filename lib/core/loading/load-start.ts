import type { Category, TierSelection } from '../stack/category.js';
import type { Fence } from '../stack/fences.js';
import type { StackMoment } from '../stack/stack-writes.js';
import type { TierStack } from '../stack/tier-stack.js';

/** What a load takes with it from its start, to know in the end what has overtaken it. */
export interface LoadStart {
  readonly fence: Fence;
  readonly began: StackMoment;
}

/** Whether removals that others can have made leave it as it is what a load finds; absent where there are none. */
export type Standing = ((tags: readonly string[]) => boolean) | undefined;

/** A load of the key begins now. */
export function startLoad(
  stack: TierStack,
  category: Category,
  key: string,
  selection: TierSelection,
): LoadStart {
  return { fence: category.fences.open(key), began: stack.writes.momentOf(selection) };
}

/** What the tiers below memory say of a load that began so. */
export function standingOf(
  stack: TierStack,
  category: Category,
  key: string,
  selection: TierSelection,
  { began }: LoadStart,
): Standing {
  if (selection.lower.length === 0) return undefined;
  return (tags) => stack.writes.stands(category, key, tags, selection, began);
}
