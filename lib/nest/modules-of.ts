import type { ModuleRef, ModulesContainer } from '@nestjs/core';

/**
 * The modules of the application. Not as Nest injects them: that may be a proxy (`instrument.instanceDecorator`), and a
 * `Map` does not work behind one.
 */
export function modulesOf(ref: ModuleRef): ModulesContainer {
  const { container } = ref as unknown as { container: { getModules(): ModulesContainer } };
  return container.getModules();
}
