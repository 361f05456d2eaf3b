import type { ModulesContainer } from '@nestjs/core';
import type { ClassRef } from './class-names.js';
import { decoratedMethods } from './decorated-methods.js';

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
  let { prototype } = named as { prototype?: object | null };
  while (prototype !== undefined && prototype !== null && decoratedMethods(prototype).length > 0) {
    classes.add(prototype.constructor);
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
}

/** Of a value that the user provides, which can be anything, such as a proxy that answers to nothing. */
function constructorOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return (Object.getPrototypeOf(value) as { constructor?: unknown } | null)?.constructor;
  } catch {
    return undefined;
  }
}
