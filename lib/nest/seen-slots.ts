import type { ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';
import { CacheSlot } from './cache.slot.js';

/** The slot that Nest injects in a module. */
interface SeenSlot {
  readonly module: Module;
  readonly slot: CacheSlot;
}

/** Each cache of an application has a slot: that of a module is the one that Nest injects there. */
export class SeenSlots {
  constructor(private readonly modules: ModulesContainer) {}

  /**
   * Of these modules those that see the slot. Where the application has one cache alone, it is also for those that see
   * none; of several, none is meant for them.
   */
  seeing(slot: CacheSlot, modules: Iterable<Module> = this.modules.values()): Module[] {
    const isOnly = cachesIn(this.modules).length === 1;
    return [...modules].filter((module) => {
      const seen = seenBy(module);
      return seen === undefined ? isOnly : seen === slot;
    });
  }

  /** Of these modules those that see another slot, and that. */
  seeingOthers(slot: CacheSlot, modules: Iterable<Module> = this.modules.values()): SeenSlot[] {
    return [...modules].flatMap((module) => {
      const seen = seenBy(module);
      return seen === undefined || seen === slot ? [] : [{ module, slot: seen }];
    });
  }

  /** Of these modules those for which no cache is meant. Of several caches, the first answers, for all. */
  seeingNone(slot: CacheSlot, modules: Iterable<Module> = this.modules.values()): Module[] {
    const caches = cachesIn(this.modules);
    if (caches.length === 1 || slotOfModule(caches[0]) !== slot) return [];
    return [...modules].filter((module) => seenBy(module) === undefined);
  }
}

/** The modules that have a cache. */
export function cachesIn(modules: ModulesContainer): Module[] {
  return [...modules.values()].filter(({ providers }) => providers.has(CacheSlot));
}

/** As Nest looks it up: its own, or else that of the first import which exports one, or has it from one of its own. */
function seenBy(module: Module): CacheSlot | undefined {
  return slotOfModule(module) ?? amongImports(module.imports, new Set());
}

function amongImports(imports: Iterable<Module>, asked: Set<Module>): CacheSlot | undefined {
  for (const module of imports) {
    if (asked.has(module)) continue;
    asked.add(module);
    const { exports } = module;
    const own = exports.has(CacheSlot) ? slotOfModule(module) : undefined;
    const reexported = [...module.imports].filter(({ metatype }) => exports.has(metatype));
    const found = own ?? amongImports(reexported, asked);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Of the cache that a module has itself. */
export function slotOfModule(module: Module | undefined): CacheSlot | undefined {
  return module?.providers.get(CacheSlot)?.instance as CacheSlot | undefined;
}
