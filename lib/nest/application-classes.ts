import type { ModulesContainer } from '@nestjs/core';
import type { ClassRef } from './class-names.js';
import { decoratedMethods } from './decorated-methods.js';
import { prototypeOf } from './prototype-of.js';

/**
 * The classes with decorated methods that an application's modules name, and those they inherit from: as far
 * as is known before a factory has run.
 */
export function classesOf(modules: ModulesContainer): Set<ClassRef> {
  const classes = new Set<ClassRef>();
  for (const { controllers, providers, injectables, middlewares } of modules.values()) {
    for (const wrappers of [controllers, providers, injectables, middlewares]) {
      for (const { isAlias, isNotMetatype, metatype, instance } of wrappers.values()) {
        if (isAlias) continue;
        const named: unknown = isNotMetatype ? constructorOf(instance) : metatype;
        if (typeof named === 'function') addDecorated(named, classes);
      }
    }
  }
  return classes;
}

function addDecorated(named: object, classes: Set<ClassRef>): void {
  let { prototype } = named as { prototype?: object | undefined };
  while (prototype !== undefined && decoratedMethods(prototype).length > 0) {
    classes.add(prototype.constructor);
    prototype = prototypeOf(prototype);
  }
}

function constructorOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? prototypeOf(value)?.constructor : undefined;
}
