import { Scope } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { ClassRef } from './class-names.js';
import { Injections } from './injections.js';
import { membersOf } from './module-members.js';
import { isPerRequest, requestDependencyAmong } from './request-dependency.js';

/** How the instances of a class live. */
export interface Lifetime {
  /** Whether there is one for the whole life of the application. */
  readonly hasSingleton: boolean;
  /** Whether each request has one of its own. */
  readonly isPerRequest: boolean;
  /** What of a request is injected into them, or into what they depend on: who asks may be in what they answer. */
  readonly requestDependency: string | undefined;
}

const OPTIONS = 'scope:options';

/**
 * How the instances of an application's classes live. A class that the application was not known to have when it
 * booted is looked at when it is met: a module that was loaded since may have it, or `ModuleRef.create` made it.
 */
export class Lifetimes {
  readonly #noted = new WeakMap<ClassRef, Lifetime>();
  readonly #injections: Injections;
  #met = new WeakMap<ClassRef, Lifetime>();

  constructor(private readonly modules: ModulesContainer) {
    this.#injections = new Injections(modules);
  }

  /** Of a class that a module has. @returns whether this is news */
  note(classRef: ClassRef, lifetime: Lifetime): boolean {
    const isNews = this.noteProduct(classRef, lifetime);
    // What was met before may depend on it.
    if (isNews) this.#met = new WeakMap();
    return isNews;
  }

  /** Of a class of which a factory has made an instance: nothing is injected by it. @returns whether this is news */
  noteProduct(classRef: ClassRef, lifetime: Lifetime): boolean {
    const known = this.#noted.get(classRef);
    const noted = known === undefined ? lifetime : both(known, lifetime);
    if (known !== undefined && isSame(known, noted)) return false;
    this.#noted.set(classRef, noted);
    return true;
  }

  /** Whether the application's modules were seen to have the class. */
  isNoted(classRef: ClassRef): boolean {
    return this.#noted.has(classRef);
  }

  of(classRef: ClassRef): Lifetime {
    const known = this.#noted.get(classRef) ?? this.#met.get(classRef);
    if (known !== undefined) return known;
    const met = this.#examine(classRef);
    this.#met.set(classRef, met);
    return met;
  }

  #examine(classRef: ClassRef): Lifetime {
    const own = [...membersOf(this.modules.values())].filter(
      ({ wrapper }) => wrapper.metatype === classRef,
    );
    const injections = this.#injections;
    if (own.length > 0)
      return own.map(({ wrapper }) => lifetimeOf(wrapper, injections)).reduce(both);
    const injected = injections.intoClass(classRef);
    const options = Reflect.getMetadata(OPTIONS, classRef) as { scope?: Scope } | undefined;
    return {
      hasSingleton: false,
      isPerRequest:
        options?.scope === Scope.REQUEST ||
        injected.some(({ wrapper }) => wrapper !== undefined && isPerRequest(wrapper, injections)),
      requestDependency: requestDependencyAmong(injected, injections),
    };
  }
}

/** Of what a class provider or a factory makes. */
export function lifetimeOf(wrapper: InstanceWrapper, injections: Injections): Lifetime {
  if (!isPerRequest(wrapper, injections)) {
    return {
      hasSingleton: !wrapper.isTransient,
      isPerRequest: false,
      requestDependency: undefined,
    };
  }
  const requestDependency = requestDependencyAmong(injections.into(wrapper), injections, wrapper);
  return { hasSingleton: false, isPerRequest: true, requestDependency };
}

function isSame(one: Lifetime, other: Lifetime): boolean {
  return (
    one.hasSingleton === other.hasSingleton &&
    one.isPerRequest === other.isPerRequest &&
    one.requestDependency === other.requestDependency
  );
}

function both(one: Lifetime, other: Lifetime): Lifetime {
  return {
    hasSingleton: one.hasSingleton || other.hasSingleton,
    isPerRequest: one.isPerRequest || other.isPerRequest,
    requestDependency: one.requestDependency ?? other.requestDependency,
  };
}
