import type { ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';
import { CacheSlot } from './cache.slot.js';
import { CACHED_METHOD, CachedMethod } from './cached-method.js';
import { effectsOf, METHOD_EFFECTS } from './decorators/method-effect.js';
import { membersOf } from './module-members.js';
import { memberPrototype, prototypeOf } from './prototype-of.js';

/**
 * Says of each method that is decorated by another copy of this package that nothing comes of it: that copy's
 * decorators look for a cache of their own. Where its module is imported too, they have one.
 */
export function warnOfOtherCopies(
  seeing: readonly Module[],
  all: ModulesContainer,
  { options }: CacheSlot,
): void {
  const told = new Set<object>();
  for (const { wrapper, module } of membersOf(seeing)) {
    for (const { name, method } of methodsOfOthers(memberPrototype(wrapper))) {
      if (told.has(method)) continue;
      told.add(method);
      if (told.size === 1 && [...all.values()].some(hasOtherCache)) return;
      options.logger?.warn(
        `\`${name}\` in ${module} is decorated by another copy of nestjs-tiered-cache: it runs uncached and evicts ` +
          'nothing; install one (`npm ls nestjs-tiered-cache`)',
      );
    }
  }
}

function hasOtherCache({ providers }: Module): boolean {
  return [...providers.keys()].some(
    (token) => typeof token === 'function' && token.name === CacheSlot.name && token !== CacheSlot,
  );
}

function* methodsOfOthers(
  prototype: object | undefined,
): Iterable<{ readonly name: string; readonly method: object }> {
  if (prototype === undefined || prototype === Object.prototype) return;
  for (const key of Reflect.ownKeys(prototype)) {
    const method: unknown = Object.getOwnPropertyDescriptor(prototype, key)?.value;
    if (key === 'constructor' || typeof method !== 'function' || !isOfOther(method)) continue;
    yield { name: `${prototype.constructor.name}.${String(key)}`, method };
  }
  yield* methodsOfOthers(prototypeOf(prototype));
}

/** Whether a decorator has left there what none of ours did. What it is, is its own affair. */
function isOfOther(method: object): boolean {
  const isCached = Reflect.hasMetadata(CACHED_METHOD, method);
  const effects = Reflect.getMetadata(METHOD_EFFECTS, method) as readonly unknown[] | undefined;
  return (
    (isCached && CachedMethod.of(method) === undefined) ||
    (effects !== undefined && effects.length > effectsOf(method).length)
  );
}
