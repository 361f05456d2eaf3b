import { Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { tokenName } from './token-name.js';

/**
 * What tells of a request among what is injected, and among what that depends on: the request itself, or else a
 * provider of which each request has one, in which a guard may have put who asks. As words for a warning.
 */
export function requestDependencyAmong(
  injected: Iterable<InstanceWrapper>,
  asking?: InstanceWrapper,
): string | undefined {
  const found = [...perRequestAmong(injected, new Set([asking]))];
  if (found.length === 0) return undefined;
  return found.includes(REQUEST) ? 'the request' : `its ${tokenName(found[0])}`;
}

function* perRequestAmong(
  injected: Iterable<InstanceWrapper>,
  seen: Set<InstanceWrapper | undefined>,
): Iterable<unknown> {
  for (const wrapper of injected) {
    if (seen.has(wrapper) || wrapper.isDependencyTreeStatic()) continue;
    seen.add(wrapper);
    if (wrapper.scope === Scope.REQUEST) yield wrapper.token;
    yield* perRequestAmong(injectedInto(wrapper), seen);
  }
}

/** What Nest has injected into a class, or a factory. */
export function injectedInto(wrapper: InstanceWrapper): InstanceWrapper[] {
  const parameters: readonly (InstanceWrapper | undefined)[] = wrapper.getCtorMetadata() ?? [];
  return [
    // What is optional and missing leaves a gap.
    ...parameters.filter((other) => other !== undefined),
    ...(wrapper.getPropertiesMetadata() ?? []).map((property) => property.wrapper),
  ];
}
