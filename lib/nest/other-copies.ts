import type { ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';
import { CacheSlot } from './cache.slot.js';
import { CACHED_METHOD, CachedMethod } from './cached-method.js';
import { methodsOn } from './decorated-methods.js';
import { hasOthersEffects } from './decorators/method-effect.js';
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
  const found = new Map<object, string>();
  for (const { wrapper, module } of membersOf(seeing)) {
    for (const { name, method } of methodsOfOthers(memberPrototype(wrapper))) {
      if (!found.has(method)) found.set(method, `\`${name}\` in ${module}`);
    }
  }
  if (found.size === 0 || [...all.values()].some(hasOtherCache)) return;
  for (const method of found.values()) {
    options.logger?.warn(
      `${method} is decorated by another copy of nestjs-tiered-cache: it runs uncached and evicts ` +
        'nothing; install one (`npm ls nestjs-tiered-cache`)',
    );
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
  for (const [key, method] of methodsOn(prototype)) {
    if (isOfOther(method)) yield { name: `${prototype.constructor.name}.${String(key)}`, method };
  }
  yield* methodsOfOthers(prototypeOf(prototype));
}

/** Whether a decorator has left there what none of ours did. What it is, is its own affair. */
function isOfOther(method: object): boolean {
  const isCached = Reflect.hasMetadata(CACHED_METHOD, method);
  return (isCached && CachedMethod.of(method) === undefined) || hasOthersEffects(method);
}
