import type { Category, TierSelection } from '../stack/category.js';
import type { Fence } from '../stack/fences.js';
import type { StackMoment } from '../stack/stack-writes.js';
import type { TierStack } from '../stack/tier-stack.js';

/** What a load takes with it from its start, to know in the end what has overtaken it. */
export interface LoadStart {
  readonly fence: Fence;
  readonly began: StackMoment;
}

/** A load of the key begins now. */
export function startLoad(
  stack: TierStack,
  category: Category,
  key: string,
  selection: TierSelection,
): LoadStart {
  return { fence: category.fences.open(key), began: stack.writes.momentOf(selection) };
}
