import type { ModulesContainer } from '@nestjs/core';
import type { ApplicationClasses } from './cache.slot.js';
import type { ClassRef } from './class-names.js';
import { decoratedMethods } from './decorated-methods.js';
import { Lifetimes } from './lifetimes.js';
import { membersOf } from './module-members.js';
import { prototypeOf } from './prototype-of.js';

/** What is known before a factory has run. */
export function classesOf(modules: ModulesContainer): ApplicationClasses {
  const decorated = decoratedClassesOf(modules);
  return { decorated, repeated: repeatedClassesOf(modules), lifetimes: new Lifetimes(modules) };
}

/** The classes with decorated methods that an application's modules name, and those they inherit from. */
function decoratedClassesOf(modules: ModulesContainer): Set<ClassRef> {
  const classes = new Set<ClassRef>();
  for (const { wrapper } of membersOf(modules.values())) {
    const { isNotMetatype, metatype, instance } = wrapper;
    const named: unknown = isNotMetatype ? constructorOf(instance) : metatype;
    if (typeof named === 'function') addDecorated(named, classes);
  }
  return classes;
}

function repeatedClassesOf(modules: ModulesContainer): Set<ClassRef> {
  const seen = new Set<unknown>();
  const repeated = new Set<ClassRef>();
  for (const { wrapper } of membersOf(modules.values())) {
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
