import type { Provider, Type } from '@nestjs/common';
import { ApplicationConfig, ModuleRef } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';

type CustomProvider = Exclude<Provider, Type>;

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
export function* membersOf(modules: Iterable<Module>): Iterable<ModuleMember> {
  for (const { name, controllers, providers, injectables, middlewares } of modules) {
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

/** Whether more is in a module than its class says: others of the class may then have other things in them. */
export function isDynamic({ metatype, providers, imports }: Module): boolean {
  const declared = (key: string): readonly unknown[] =>
    (Reflect.getMetadata(key, metatype) as readonly unknown[] | undefined) ?? [];
  const named = new Set<unknown>([ApplicationConfig, ModuleRef, metatype]);
  for (const provider of declared('providers')) {
    named.add(typeof provider === 'function' ? provider : (provider as CustomProvider).provide);
  }
  const own = [...imports].filter(({ isGlobal }) => !isGlobal);
  return (
    [...providers.keys()].some((token) => !named.has(token)) ||
    own.length > declared('imports').length
  );
}
