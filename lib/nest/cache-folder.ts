import { createHash } from 'node:crypto';
import type { ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';
import type { CacheSlot } from './cache.slot.js';
import { importersOf, importsOf } from './module-imports.js';
import { rootModuleOf } from './modules-of.js';
import { cachesIn, slotOfModule } from './seen-slots.js';

/** A longer name is folded: a folder's has 255 bytes at most. */
const LONGEST_NAME = 50;

/** The folder of one of an application's caches, within that of the application. */
export interface CacheFolder {
  /** Empty: none of its own. */
  readonly name: string;
  /** The modules whose order of imports alone tells it from another cache. */
  readonly orderOf: string | undefined;
}

/**
 * The folder of a cache goes by the modules that import it, which last from start to start: neither by which is made
 * first nor, if it can be helped, by the order of the imports. The main one has none of its own.
 */
export function cacheFolderOf(slot: CacheSlot, modules: ModulesContainer): CacheFolder {
  const caches = cachesIn(modules);
  const own = caches.find((module) => slotOfModule(module) === slot);
  const onlyGlobal = onlyGlobalOf(caches);
  const main = onlyGlobal ?? mainOf(caches, modules);
  if (own === undefined || own === main) return { name: '', orderOf: undefined };
  const all = [...modules.values()];
  const importersIn = (cache: Module): string => importersOf(cache, all).sort().join(' and ');
  const importers = importersIn(own);
  const alike = caches.filter((cache) => cache !== onlyGlobal && importersIn(cache) === importers);
  const name = `module-${folderName(importers)}`;
  const place = alike.indexOf(own);
  if (place === 0) return { name, orderOf: undefined };
  return { name: `${name}-${place + 1}`, orderOf: importers };
}

function onlyGlobalOf(caches: readonly Module[]): Module | undefined {
  const globals = caches.filter(({ isGlobal }) => isGlobal);
  return globals.length === 1 ? globals[0] : undefined;
}

/** Of several, that of the application as a whole. */
function mainOf(caches: readonly Module[], modules: ModulesContainer): Module | undefined {
  if (caches.length === 1) return caches[0];
  const imported = importsOf(rootModuleOf(modules)!);
  return caches.find((cache) => imported.includes(cache));
}

/** What file systems take. */
export function folderName(name: string): string {
  const plain = name.replaceAll(' and ', '+').replaceAll(/[^\p{L}\p{N}_$+]/gu, '_');
  if (plain.length <= LONGEST_NAME) return plain;
  const mark = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${plain.slice(0, LONGEST_NAME)}~${mark}`;
}
