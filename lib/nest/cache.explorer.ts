import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ExternalContextCreator, ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { CacheService } from '../core/cache.service.js';
import { classesOf } from './application-classes.js';
import { attachSlot, CacheSlot, slotOf } from './cache.slot.js';
import { CACHE_OPTIONS } from './cache.tokens.js';
import { checkMethods } from './method-check.js';
import { CachedInterceptor } from './http/cached.interceptor.js';
import { shortenChains } from './http/chain-shortcut.js';
import { loadRouting } from './http/late-routing.js';
import { decoratedMethods } from './decorated-methods.js';
import { type Lifetime, lifetimeOf } from './lifetimes.js';
import { membersOf } from './module-members.js';
import { prototypeOf } from './prototype-of.js';
import { partSiblings } from './sibling-slots.js';
import { Singletons } from './singletons.js';
import type { CacheOptions } from '../core/model/options.js';

type Factory = (...dependencies: unknown[]) => unknown;

/**
 * At boot, looks at everything that Nest made: checks the options of each decorated method, and
 * brings the cache to the instances that Nest does not inject into (those that a factory or the
 * user made, and those of modules that do not see a cache that is not global).
 */
@Injectable()
export class CacheExplorer implements OnModuleInit {
  constructor(
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(CacheService) private readonly service: CacheService,
    @Inject(CacheSlot) private readonly slot: CacheSlot,
    @Inject(CACHE_OPTIONS) private readonly options: CacheOptions,
    @Inject(ExternalContextCreator) private readonly external: ExternalContextCreator,
  ) {}

  /** @throws CacheOptionsError naming the method and the option */
  async onModuleInit(): Promise<void> {
    // A test that overrides the provider with a cache of its own has left the slot empty.
    if (this.slot.service === undefined && this.service instanceof CacheService) {
      this.slot.fill(this.service, this.options, classesOf(this.modules));
    }
    shortenChains(this.external);
    let hasRoutes = false;
    const singletons = new Singletons();
    for (const member of membersOf(this.modules)) {
      const { wrapper, kind } = member;
      hasRoutes ||= kind === 'controller' && isCachedIn(wrapper.metatype);
      this.#explore(wrapper);
      const instance = this.#singletonOf(wrapper);
      if (instance !== undefined) singletons.add(instance, member);
    }
    partSiblings(singletons, this.slot);
    if (hasRoutes) await loadRouting();
  }

  /** The instance, if it has cached methods, and this cache. */
  #singletonOf(wrapper: InstanceWrapper): object | undefined {
    if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) return undefined;
    const instance: unknown = wrapper.instance;
    if (!isObject(instance) || !isCached(prototypeOf(instance))) return undefined;
    return slotOf(instance) === this.slot ? instance : undefined;
  }

  #explore(wrapper: InstanceWrapper): void {
    const lifetime = lifetimeOf(wrapper);
    for (const instance of instancesOf(wrapper)) this.#adopt(instance, lifetime);
    if (!wrapper.isNotMetatype) {
      this.#meet((wrapper.metatype as { prototype?: object }).prototype, lifetime);
    } else if (wrapper.isFactory && (wrapper.isTransient || lifetime.isPerRequest)) {
      this.#adoptProducts(wrapper, lifetime);
    }
  }

  #adopt(instance: object, lifetime: Lifetime): void {
    if (instance instanceof CachedInterceptor) {
      if (instance.slot?.service === undefined) instance.slot = this.slot;
      return;
    }
    if (this.#meet(prototypeOf(instance), lifetime)) attachSlot(instance, this.slot);
  }

  /** @returns whether the class has decorated methods */
  #meet(prototype: object | undefined, lifetime: Lifetime): boolean {
    if (prototype === undefined || decoratedMethods(prototype).length === 0) return false;
    this.slot.noteLifetime(prototype.constructor, lifetime);
    checkMethods(prototype, this.slot);
    return true;
  }

  /** A factory that runs again for each request, or each consumer, after this. */
  #adoptProducts(wrapper: InstanceWrapper, lifetime: Lifetime): void {
    const make = wrapper.metatype as Factory;
    const adopt = (product: unknown): unknown => {
      if (isObject(product)) this.#adopt(product, lifetime);
      return product;
    };
    const adopting = (...dependencies: unknown[]): unknown => {
      const product = make(...dependencies);
      return product instanceof Promise ? product.then(adopt) : adopt(product);
    };
    wrapper.metatype = adopting;
  }
}

function isCachedIn(controller: unknown): boolean {
  return isCached((controller as { prototype?: object }).prototype);
}

function isCached(prototype: object | undefined): boolean {
  return decoratedMethods(prototype).some(({ cached }) => cached !== undefined);
}

function instancesOf(wrapper: InstanceWrapper): object[] {
  const transients = wrapper.getStaticTransientInstances().map((host) => host?.instance as unknown);
  const single: unknown = wrapper.isDependencyTreeStatic() ? wrapper.instance : undefined;
  return [single, ...transients].filter(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
