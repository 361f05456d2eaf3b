import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import {
  ExternalContextCreator,
  LazyModuleLoader,
  ModuleRef,
  type ModulesContainer,
} from '@nestjs/core';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';
import { CacheService } from '../core/cache.service.js';
import { classesOf } from './application-classes.js';
import { CacheSlot } from './cache.slot.js';
import type { ClassRef } from './class-names.js';
import { CACHE_OPTIONS } from './cache.tokens.js';
import { checkMethods } from './method-check.js';
import { CachedInterceptor } from './http/cached.interceptor.js';
import { shortenChains } from './http/chain-shortcut.js';
import { loadRouting } from './http/late-routing.js';
import { decoratedMethods } from './decorated-methods.js';
import { afterEachLoad } from './lazy-loads.js';
import { Injections } from './injections.js';
import { type Lifetime, lifetimeOf } from './lifetimes.js';
import { isDynamic, membersOf, type ModuleMember } from './module-members.js';
import { modulesOf } from './modules-of.js';
import { prototypeOf } from './prototype-of.js';
import { warnOfOtherCopies } from './other-copies.js';
import { SeenSlots } from './seen-slots.js';
import { warnOfSeveralCaches, warnOfUncached } from './several-caches.js';
import { reachedPrototypesOf } from './reached-classes.js';
import { mayShareFiles } from './shared-files.js';
import { attachSlot, replaceSlot, slotIn } from './shared-instances.js';
import { partSiblings } from './sibling-slots.js';
import { Singletons } from './singletons.js';
import type { CacheOptions } from '../core/model/options.js';

type Factory = (...dependencies: unknown[]) => unknown;

/** Tells the slot how instances of a class live. */
type NoteOfClass = (realClass: ClassRef) => void;

/**
 * At boot, looks at everything that Nest made in the modules that see its cache, and later at what it makes of modules
 * that are loaded lazily: checks the options of each decorated method, and brings the cache to the instances that Nest
 * does not inject into (those that a factory or the user made, and those of modules that do not see the only cache).
 */
@Injectable()
export class CacheExplorer implements OnModuleInit {
  private readonly modules: ModulesContainer;
  private readonly injections: Injections;
  private readonly slots: SeenSlots;
  private readonly singletons: Singletons;
  /** Factories that adopt what they make. */
  private readonly adopting = new WeakSet<object>();
  private reached: ReadonlySet<object> = new Set();

  constructor(
    @Inject(ModuleRef) ref: ModuleRef,
    @Inject(CacheService) private readonly service: CacheService,
    @Inject(CacheSlot) private readonly slot: CacheSlot,
    @Inject(CACHE_OPTIONS) private readonly options: CacheOptions,
    @Inject(ExternalContextCreator) private readonly external: ExternalContextCreator,
    @Inject(LazyModuleLoader) private readonly loader: LazyModuleLoader,
  ) {
    this.modules = modulesOf(ref);
    this.injections = new Injections(this.modules);
    this.slots = new SeenSlots(this.modules);
    this.singletons = new Singletons((classRef) => slot.sharedNameOf(classRef));
  }

  /** @throws CacheOptionsError naming the method and the option */
  async onModuleInit(): Promise<void> {
    // A test that overrides the provider with a cache of its own has left the slot empty.
    if (this.slot.service === undefined && this.service instanceof CacheService) {
      this.slot.fill(this.service, this.options, classesOf(this.modules));
    }
    shortenChains(this.external);
    warnOfSeveralCaches(this.modules, this.slot);
    this.reached = reachedPrototypesOf(this.modules);
    const transients: object[] = [];
    let hasRoutes = false;
    const seeing = this.slots.seeing(this.slot);
    for (const member of membersOf(seeing)) {
      const { wrapper, kind } = member;
      hasRoutes ||= kind === 'controller' && isCached(prototypeIn(wrapper.metatype));
      this.lookAt(member);
      transients.push(...transientsOf(wrapper));
      if (kind === 'controller') this.noteMethods(prototypeIn(wrapper.metatype));
    }
    this.lookAround(seeing);
    this.slot.settle(partSiblings(this.singletons.siblings(), this.slot));
    for (const instance of transients) this.moveOn(instance);
    afterEachLoad(this.loader, this.modules, (loaded) => this.exploreLoaded(loaded));
    if (hasRoutes) await loadRouting();
  }

  /** @throws CacheOptionsError naming the method and the option */
  private exploreLoaded(loaded: ReadonlySet<Module>): void {
    this.reached = reachedPrototypesOf(this.modules);
    const seeing = this.slots.seeing(this.slot, loaded);
    for (const module of seeing) {
      const isLasting = !isDynamic(module);
      for (const member of membersOf([module])) this.lookAt(member, isLasting);
    }
    this.lookAround(seeing, loaded);
    partSiblings(this.singletons.latecomers(), this.slot);
  }

  /** @param isLasting whether its place is sure to be its own at the next start too */
  private lookAt(member: ModuleMember, isLasting = true): void {
    this.explore(member.wrapper);
    const instance = this.singletonOf(member.wrapper);
    if (instance !== undefined) this.singletons.add(instance, member, isLasting);
  }

  /**
   * At what the other caches are for, and at what nothing comes of.
   *
   * @param seeing the modules that this cache is for
   * @param loaded those to look at; unset: all
   */
  private lookAround(seeing: readonly Module[], loaded?: ReadonlySet<Module>): void {
    for (const { module, slot } of this.slots.seeingOthers(this.slot, loaded)) {
      const sharesFiles = mayShareFiles(slot, this.slot);
      for (const member of membersOf([module])) {
        const instance = cachedSingletonOf(member.wrapper);
        if (instance !== undefined) this.singletons.addOther(instance, member, sharesFiles);
      }
    }
    warnOfUncached(this.slots.seeingNone(this.slot, loaded), this.slot);
    warnOfOtherCopies(seeing, this.modules, this.slot);
  }

  private noteMethods(prototype: object | undefined): void {
    for (const { cached } of decoratedMethods(prototype)) {
      if (cached !== undefined) this.slot.noteControllerMethod(cached);
    }
  }

  /** The instance, if it has cached methods, and no slot of its own, but this cache. */
  private singletonOf(wrapper: InstanceWrapper): object | undefined {
    const instance = cachedSingletonOf(wrapper);
    return instance !== undefined && this.hasCommonSlot(instance) ? instance : undefined;
  }

  private hasCommonSlot(instance: object): boolean {
    const slot = slotIn(instance, this.slot);
    return slot === this.slot || slot === this.slot.later;
  }

  /** A transient instance shares entries with those to come, and not with a singleton of its class. */
  private moveOn(instance: object): void {
    if (slotIn(instance, this.slot) === this.slot) replaceSlot(instance, this.slot.later);
  }

  private explore(wrapper: InstanceWrapper): void {
    const lifetime = lifetimeOf(wrapper, this.injections);
    const note: NoteOfClass = (realClass) => this.slot.noteLifetime(realClass, lifetime);
    for (const instance of instancesOf(wrapper)) this.adopt(instance, note);
    if (!wrapper.isNotMetatype) {
      this.meet((wrapper.metatype as { prototype?: object }).prototype, note);
    } else if (wrapper.isFactory && (wrapper.isTransient || lifetime.isPerRequest)) {
      this.adoptProducts(wrapper, lifetime);
    }
  }

  private adopt(instance: object, note: NoteOfClass): void {
    if (instance instanceof CachedInterceptor) {
      if (instance.slot?.service === undefined) instance.slot = this.slot;
      return;
    }
    if (this.meet(prototypeOf(instance), note)) attachSlot(instance, this.slot.later);
  }

  /** @returns whether the class has decorated methods */
  private meet(prototype: object | undefined, note: NoteOfClass): boolean {
    if (prototype === undefined || decoratedMethods(prototype).length === 0) return false;
    note(prototype.constructor);
    checkMethods(prototype, this.slot, this.reached);
    return true;
  }

  /** A factory that runs again for each request, or each consumer, after this. */
  private adoptProducts(wrapper: InstanceWrapper, lifetime: Lifetime): void {
    const make = wrapper.metatype as Factory;
    if (this.adopting.has(make)) return;
    const note: NoteOfClass = (realClass) => this.slot.noteProduct(realClass, lifetime);
    const adopt = (product: unknown): unknown => {
      if (isObject(product)) this.adopt(product, note);
      return product;
    };
    const adopting = (...dependencies: unknown[]): unknown => {
      const product = make(...dependencies);
      return product instanceof Promise ? product.then(adopt) : adopt(product);
    };
    this.adopting.add(adopting);
    wrapper.metatype = adopting;
  }
}

function prototypeIn(controller: unknown): object | undefined {
  return (controller as { prototype?: object }).prototype;
}

function isCached(prototype: object | undefined): boolean {
  return decoratedMethods(prototype).some(({ cached }) => cached !== undefined);
}

function cachedSingletonOf(wrapper: InstanceWrapper): object | undefined {
  const instance = singletonOf(wrapper);
  return instance !== undefined && isCached(prototypeOf(instance)) ? instance : undefined;
}

function instancesOf(wrapper: InstanceWrapper): object[] {
  return [singletonOf(wrapper), ...transientsOf(wrapper)].filter(isObject);
}

/** The instance, where there is one for the whole life of the application, and it is made. */
function singletonOf(wrapper: InstanceWrapper): object | undefined {
  if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) return undefined;
  const host = wrapper.getInstanceByContextId(STATIC_CONTEXT);
  const instance: unknown = host.instance;
  return host.isResolved === true && isObject(instance) ? instance : undefined;
}

function transientsOf(wrapper: InstanceWrapper): object[] {
  return wrapper
    .getStaticTransientInstances()
    .map((host) => host?.instance as unknown)
    .filter(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
