import type { CacheSlot } from './cache.slot.js';
import type { ClassRef } from './class-names.js';
import { decoratedMethods } from './decorated-methods.js';
import { prototypeOf } from './prototype-of.js';
import { replaceSlot } from './shared-instances.js';
import type { Sibling } from './singletons.js';

/**
 * Several instances of a class, or of classes of one source, which may be made of different things, are not to answer for
 * each other: each gets a slot of its own, so that a call need not ask which of them it is for.
 *
 * @returns classes of which an instance did not take its slot
 */
export function partSiblings(
  siblingsByClass: Iterable<readonly Sibling[]>,
  slot: CacheSlot,
): Set<ClassRef> {
  const { logger } = slot.options;
  const mixed = new Set<ClassRef>();
  for (const siblings of siblingsByClass) {
    const frozen = siblings.filter(({ instance, place }) => !replaceSlot(instance, slot.at(place)));
    for (const { classRef } of frozen) mixed.add(classRef);
    if (frozen.length > 0) {
      const why = 'it has several instances, and one that was frozen cannot be told apart';
      logger?.warn(`${frozen[0]!.classRef.name} runs uncached: ${why}; give its methods a \`key\``);
    } else {
      warnOfUnlasting(siblings, slot);
    }
  }
  return mixed;
}

/** What is kept below memory under a text that does not outlast the application is of no use after it. */
function warnOfUnlasting(siblings: readonly Sibling[], slot: CacheSlot): void {
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
  const [has, they, apart] =
    unlasting.length === 1
      ? [
          'an instance that neither its module nor its token tells apart for sure',
          'it keeps',
          'it apart',
        ]
      : [
          `${unlasting.length} instances that neither their module nor their token tells apart`,
          'they keep',
          'them apart, or the instances tokens of their own',
        ];
  options.logger?.warn(
    `${unlasting[0]!.classRef.name} has ${has} (${where}): what ${they} below memory is of no use to the next start; ` +
      `give its methods a \`key\` that tells ${apart}`,
  );
}
