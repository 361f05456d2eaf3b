import type { ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';

/** What a module of the application holds in one of its four collections. */
export interface ModuleMember {
  readonly wrapper: InstanceWrapper;
  /** The module's name. */
  readonly module: string;
  readonly token: unknown;
  /** What Nest holds it as, if not as a provider. */
  readonly kind: 'controller' | 'injectable' | 'middleware' | undefined;
}

/** All of them, module by module. Aliases are left out: what they stand for is a member itself. */
export function* membersOf(modules: ModulesContainer): Iterable<ModuleMember> {
  for (const { name, controllers, providers, injectables, middlewares } of modules.values()) {
    for (const [wrappers, kind] of [
      [controllers, 'controller'],
      [providers, undefined],
      [injectables, 'injectable'],
      [middlewares, 'middleware'],
    ] as const) {
      for (const [token, wrapper] of wrappers as ReadonlyMap<unknown, InstanceWrapper>) {
        if (!wrapper.isAlias) yield { wrapper, module: name, token, kind };
      }
    }
  }
}
