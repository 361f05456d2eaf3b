import type { ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';
import type { CacheSlot } from './cache.slot.js';
import { decoratedMethods } from './decorated-methods.js';
import { importersOf } from './module-imports.js';
import { membersOf } from './module-members.js';
import { memberPrototype } from './prototype-of.js';
import { cachesIn, slotOfModule } from './seen-slots.js';

/**
 * Says once that an application has several caches for all of its modules: what one of these caches, another's
 * eviction does not reach. Of those that are not global, each may be meant for the modules that import it.
 */
export function warnOfSeveralCaches(modules: ModulesContainer, slot: CacheSlot): void {
  const caches = cachesIn(modules).filter(({ isGlobal }) => isGlobal);
  if (caches.length < 2 || slotOfModule(caches[0]) !== slot) return;
  const all = [...modules.values()];
  const importers = caches.map((cache) => importersOf(cache, all).join(' and '));
  slot.options.logger?.warn(
    `CacheModule is there ${caches.length} times, each with a cache of its own, whose entries the others neither ` +
      `see nor evict: imported by ${importers.join('; by ')}. Import it once, where the application boots; ` +
      'with `isGlobal: false` several are taken to be meant',
  );
}

/** Says of modules that see none of several caches which of their classes go without. */
export function warnOfUncached(modules: readonly Module[], slot: CacheSlot): void {
  const names = new Set<string>();
  for (const { wrapper, module } of membersOf(modules)) {
    const prototype = memberPrototype(wrapper);
    if (decoratedMethods(prototype).length > 0)
      names.add(`${prototype!.constructor.name} in ${module}`);
  }
  if (names.size === 0) return;
  slot.options.logger?.warn(
    "What is in a module that sees none of the application's several caches runs uncached, and evicts nothing: " +
      `${[...names].join(', ')}. Import there the module that exports its cache`,
  );
}
