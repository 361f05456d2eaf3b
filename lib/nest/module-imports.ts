import type { Module } from '@nestjs/core/injector/module.js';

/** What a module imports itself: before the global ones, which Nest adds to each, its own core module first. */
export function importsOf({ imports }: Module): Module[] {
  const found = [...imports];
  const core = found.findIndex(({ name }) => name === 'InternalCoreModule');
  return core === -1 ? found : found.slice(0, core);
}

/** The names of those of the modules that import one themselves. */
export function importersOf(imported: Module, modules: readonly Module[]): string[] {
  return modules.filter((module) => importsOf(module).includes(imported)).map(({ name }) => name);
}
