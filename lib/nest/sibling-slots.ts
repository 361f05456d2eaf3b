import { type CacheSlot, replaceSlot } from './cache.slot.js';
import type { ClassRef } from './class-names.js';
import { decoratedMethods } from './decorated-methods.js';
import { prototypeOf } from './prototype-of.js';
import type { Sibling, Singletons } from './singletons.js';

/**
 * Several instances of a class, which may be made of different things, are not to answer for each other: each
 * gets a slot of its own, so that a call need not ask which of them it is for.
 */
export function partSiblings(singletons: Singletons, slot: CacheSlot): void {
  const { logger } = slot.options;
  const mixed = new Set<ClassRef>();
  for (const [classRef, siblings] of singletons.siblings()) {
    for (const { instance, place } of siblings) {
      if (!replaceSlot(instance, slot.at(place))) mixed.add(classRef);
    }
    if (mixed.has(classRef)) {
      const why = 'it has several instances, and one that was frozen cannot be told apart';
      logger?.warn(`${classRef.name} runs uncached: ${why}; give its methods a \`key\``);
    } else {
      warnOfUnlasting(classRef, siblings, slot);
    }
  }
  slot.settle(mixed);
}

/** What is kept below memory under a text that does not outlast the application is of no use after it. */
function warnOfUnlasting(classRef: ClassRef, siblings: readonly Sibling[], slot: CacheSlot): void {
  const { service, options } = slot;
  const unlasting = siblings.filter(({ isLasting }) => !isLasting);
  if (unlasting.length === 0 || service === undefined) return;
  const outlasts = decoratedMethods(prototypeOf(unlasting[0]!.instance)).some(
    ({ cached }) =>
      cached !== undefined &&
      cached.options.key === undefined &&
      service.goesBelow(cached.coreOptions),
  );
  if (!outlasts) return;
  const where = unlasting.map(({ origin }) => origin).join(', ');
  options.logger?.warn(
    `${classRef.name} has ${unlasting.length} instances that neither their module nor their token tells apart ` +
      `(${where}): what they keep below memory is of no use to the next start; ` +
      'give its methods a `key` that tells them apart, or the instances tokens of their own',
  );
}
