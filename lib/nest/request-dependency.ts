import { Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Injected, Injections } from './injections.js';
import { tokenName } from './token-name.js';

/**
 * What tells of a request among what is injected, and among what that depends on: the request itself, or else a
 * provider of which each request has one, in which a guard may have put who asks, or one of which nothing is known.
 * As words for a warning.
 */
export function requestDependencyAmong(
  injected: Iterable<Injected>,
  injections: Injections,
  asking?: InstanceWrapper,
): string | undefined {
  const found = [...requestScopedAmong(injected, injections, asking)];
  if (found.length === 0) return undefined;
  return found.includes(REQUEST) ? 'the request' : `its ${tokenName(found[0])}`;
}

/** Whether each request has one of its own. */
export function isPerRequest(wrapper: InstanceWrapper, injections: Injections): boolean {
  if (!wrapper.isDependencyTreeStatic()) return true;
  if (!mayBeUnknown(wrapper)) return false;
  const { done } = requestScopedAmong(injections.into(wrapper), injections, wrapper).next();
  return done !== true;
}

/** The tokens of what each request has of its own among what is injected, and among what that depends on. */
export function requestScopedAmong(
  injected: Iterable<Injected>,
  injections: Injections,
  asking?: InstanceWrapper,
): Generator<unknown, void> {
  return among(injected, injections, new Set([asking]));
}

function* among(
  injected: Iterable<Injected>,
  injections: Injections,
  seen: Set<InstanceWrapper | undefined>,
): Generator<unknown, void> {
  for (const { token, wrapper } of injected) {
    if (wrapper === undefined) yield token;
    if (wrapper === undefined || seen.has(wrapper)) continue;
    if (wrapper.isDependencyTreeStatic() && !mayBeUnknown(wrapper)) continue;
    seen.add(wrapper);
    if (wrapper.scope === Scope.REQUEST) yield wrapper.token;
    yield* among(injections.into(wrapper), injections, seen);
  }
}

/** Whether it looks static to Nest as long as that has not looked up what it depends on. */
function mayBeUnknown({ isTransient, isAlias }: InstanceWrapper): boolean {
  return isTransient || isAlias;
}
