import type { ModulesContainer } from '@nestjs/core';
import { membersOf } from './module-members.js';
import { prototypeOf } from './prototype-of.js';

/** What Nest's packages leave on controllers, gateways and resolvers. */
const MARKS = ['__controller__', 'websockets:is_gateway', 'graphql:resolver_type'];

/**
 * The prototypes of what requests and messages reach, controllers, gateways and resolvers, and those that they
 * inherit from: a method there may be a handler though nothing on it says so.
 */
export function reachedPrototypesOf(modules: ModulesContainer): Set<object> {
  const reached = new Set<object>();
  for (const { wrapper, kind } of membersOf(modules.values())) {
    const metatype: unknown = wrapper.metatype;
    if (wrapper.isNotMetatype || typeof metatype !== 'function') continue;
    if (kind !== 'controller' && !MARKS.some((mark) => Reflect.hasMetadata(mark, metatype)))
      continue;
    let prototype = metatype.prototype as object | undefined;
    for (; prototype !== undefined; prototype = prototypeOf(prototype)) reached.add(prototype);
  }
  return reached;
}
