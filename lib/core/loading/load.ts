import type { Factory } from '../model/options.js';
import type { Category } from '../stack/category.js';
import type { LoadPlan } from './load-plan.js';

/** What a load is, but for its plan's changes on the way. */
export interface Load<F = Factory<unknown>> {
  readonly category: Category;
  readonly key: string;
  readonly factory: F;
  readonly plan: LoadPlan;
  /** In place of the factory where nobody waits for it. */
  readonly renewal?: Factory<unknown>;
}
