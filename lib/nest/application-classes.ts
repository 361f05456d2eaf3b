import type { ModulesContainer } from '@nestjs/core';
import type { ClassRef } from './class-names.js';
import { decoratedMethods } from './decorated-methods.js';
import { membersOf } from './module-members.js';
import { prototypeOf } from './prototype-of.js';

/**
 * The classes with decorated methods that an application's modules name, and those they inherit from: as far
 * as is known before a factory has run.
 */
export function classesOf(modules: ModulesContainer): Set<ClassRef> {
  const classes = new Set<ClassRef>();
  for (const { wrapper } of membersOf(modules)) {
    const { isNotMetatype, metatype, instance } = wrapper;
    const named: unknown = isNotMetatype ? constructorOf(instance) : metatype;
    if (typeof named === 'function') addDecorated(named, classes);
  }
  return classes;
}

/** The classes that the modules name more than once: each time, Nest makes an instance of its own. */
export function repeatedClassesOf(modules: ModulesContainer): Set<ClassRef> {
  const seen = new Set<unknown>();
  const repeated = new Set<ClassRef>();
  for (const { wrapper } of membersOf(modules)) {
    const { isNotMetatype, metatype } = wrapper;
    if (isNotMetatype || typeof metatype !== 'function') continue;
    if (seen.has(metatype)) repeated.add(metatype);
    seen.add(metatype);
  }
  return repeated;
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
