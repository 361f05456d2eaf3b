import { type CacheSlot, giveSlot, slotOf } from './cache.slot.js';

/**
 * An instance that several applications have at a time, a `useValue` in each, is cached by the first. The slots of
 * the others wait for its end: applications that are made anew start before the old ones are closed.
 */
const waiting = new WeakMap<object, CacheSlot[]>();

/** Gives an instance the slot, now or when the cache that it has is closed. One of this application it keeps. */
export function attachSlot(instance: object, slot: CacheSlot): void {
  const present = slotOf(instance);
  if (present === undefined || isOver(present)) {
    giveSlot(instance, slot);
  } else if (present.service !== slot.service) {
    const others = waiting.get(instance)?.filter((other) => !isOver(other)) ?? [];
    if (others.every(({ service }) => service !== slot.service)) others.push(slot);
    waiting.set(instance, others);
  }
}

/** The slot that an instance has in the application of this one, or waits for there. */
export function slotIn(instance: object, { service }: CacheSlot): CacheSlot | undefined {
  const present = slotOf(instance);
  if (present?.service === service) return present;
  return waiting.get(instance)?.find((other) => other.service === service);
}

/**
 * Gives an instance another slot than the others of its class have in an application, or has that wait.
 *
 * @returns whether it took it
 */
export function replaceSlot(instance: object, slot: CacheSlot): boolean {
  const others = waiting.get(instance) ?? [];
  const index = others.findIndex(({ service }) => service === slot.service);
  if (index === -1) return giveSlot(instance, slot);
  others[index] = slot;
  return true;
}

/** To be called when a cache has been closed: what had it goes on with that of another application. */
export function handOn(instance: object): void {
  const others = waiting.get(instance)?.filter((other) => !isOver(other));
  if (others === undefined) return;
  const present = slotOf(instance);
  const next = present === undefined || isOver(present) ? others.shift() : undefined;
  if (next !== undefined) giveSlot(instance, next);
  waiting.set(instance, others);
}

function isOver({ service }: CacheSlot): boolean {
  return service?.closed === true;
}
