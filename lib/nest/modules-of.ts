import type { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';

/**
 * The modules of the application. Not as Nest injects them: that may be a proxy (`instrument.instanceDecorator`), and a
 * `Map` does not work behind one.
 */
export function modulesOf(ref: ModuleRef): ModulesContainer {
  const { container } = ref as unknown as { container: { getModules(): ModulesContainer } };
  return container.getModules();
}

/** The module with which the application was made: Nest's own core module stands before it. */
export function rootModuleOf(modules: ModulesContainer): Module | undefined {
  for (const module of modules.values()) if (module.name !== 'InternalCoreModule') return module;
  return undefined;
}
