import { type LazyModuleLoader, ModuleRef, type ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';

/**
 * Nest tells nobody of the modules that it loads after boot. `look` is given what has been loaded, with what that
 * imports, before whoever had it loaded goes on, who waits for it; if it throws, the load fails.
 */
export function afterEachLoad(
  loader: LazyModuleLoader,
  modules: ModulesContainer,
  look: (loaded: ReadonlySet<Module>) => void | Promise<void>,
): void {
  const booted = new Set(modules.values());
  const load = loader.load.bind(loader);
  loader.load = async (given, options) => {
    const ref = await load(given, options);
    for (const module of modules.values()) {
      if (module.providers.get(ModuleRef)?.instance === ref)
        await look(withImports(module, booted));
    }
    return ref;
  };
}

function withImports(
  module: Module,
  booted: ReadonlySet<Module>,
  found = new Set<Module>(),
): Set<Module> {
  if (booted.has(module) || found.has(module)) return found;
  found.add(module);
  for (const imported of module.imports) withImports(imported, booted, found);
  return found;
}
