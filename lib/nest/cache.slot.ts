import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Optional } from '@nestjs/common';
import type { CacheService } from '../core/cache.service.js';
import { type Invocation, invocationOf } from '../core/loading/cached-function.js';
import type { CachedOptions, CacheOptions } from '../core/model/options.js';
import { DEFAULT_CATEGORY } from '../core/model/store-key.js';
import type { CachedMethod } from './cached-method.js';
import { ClassNames, type ClassRef } from './class-names.js';
import { CachedEndpoint } from './contexts/cached-endpoint.js';
import { type EndpointKind, endpointKindOf } from './contexts/endpoint-kind.js';
import type { Method } from './decorators/method-wrapper.js';
import { isRoute } from './http/route-traits.js';
import type { Lifetime, Lifetimes } from './lifetimes.js';
import { withoutAnswers } from './http/without-answers.js';

const SLOT = Symbol('nestjs-tiered-cache:slot');

/** The slots of instances that take no more properties. */
const slotsOfSealed = new WeakMap<object, CacheSlot>();

/** A decorator knows the types of neither the value nor the arguments. */
type UntypedCached = (this: CacheService, fn: Method, options: CachedOptions) => Method;

/** What is known of an application's classes. */
export interface ApplicationClasses {
  readonly decorated: ReadonlySet<ClassRef>;
  /** Those that the modules name more than once: each time, Nest makes an instance of its own. */
  readonly repeated: ReadonlySet<ClassRef>;
  readonly lifetimes: Lifetimes;
}

/** Of a slot without a cache. */
const UNKNOWN: Lifetime = {
  hasSingleton: false,
  isPerRequest: false,
  requestDependency: undefined,
};

const ADVICE = "and its arguments do not tell whose; say `key`, or `scope: 'public'`";
const OTHER_SINGLETON =
  'runs uncached in an instance that came after boot: the application has another, which may answer differently; say `key`';

/** More lines than anybody reads. */
const MOST_WARNINGS = 1000;

interface BoundMethod {
  readonly realClass: ClassRef;
  readonly call: Invocation;
  readonly next: BoundMethod | undefined;
  /** Those from here on. */
  readonly length: number;
}

/** Classes that are looked for one after the other, before a table is asked. */
const MOST_CHAINED = 8;

/**
 * Where the decorated methods of one application find its cache. Nest injects the slot, not the
 * service: a class that the options themselves depend on can then have cached methods too, without
 * a circular dependency. Until the service is there, its methods run uncached.
 *
 * Its members are not `#private`: in its preview mode Nest injects an object that has none. And every call of a
 * cached method asks for some: docs/design/memory-tier.md.
 */
@Injectable()
export class CacheSlot {
  private names = new ClassNames();
  private lifetimes: Lifetimes | undefined = undefined;
  /** In which routes have keys of the user's. */
  private routeCategories = new Set<string>();
  /** Names of methods that the log has said run uncached, each once. */
  private warned = new Set<string>();
  /** Of an instance whose class has several: what its class's name does not tell. */
  private place: string | undefined = undefined;
  /** The slot of instances that come after boot. */
  private laterSlot: CacheSlot | undefined = undefined;
  private isLater = false;
  /**
   * What classes bear in their keys whose names do not outlast the application: those that are made at runtime, and those that
   * have only a number of their own. Which of one source comes first may be another at each start, and on disk one would
   * answer for another.
   */
  private run = '';
  /** Classes of several instances that have this slot, and should each have one of its own. */
  private mixed: ReadonlySet<ClassRef> = new Set();
  /** Classes that are there for as long as the application: its modules have them. */
  private kept = new WeakSet<ClassRef>();
  /** By method, for a few of the kept classes. */
  private bound: (BoundMethod | undefined)[] = [];
  /** For the others. A class that a function makes for a request or a tenant goes when nobody else has it. */
  private boundByClass = new WeakMap<ClassRef, Map<CachedMethod, Invocation>>();
  /** The instance that was looked at last: mostly the same asks again. */
  private lastOwner: object | undefined = undefined;
  private cache: CacheService | undefined = undefined;
  private cacheOptions: CacheOptions = {};

  get service(): CacheService | undefined {
    return this.cache;
  }

  get options(): CacheOptions {
    return this.cacheOptions;
  }

  /** @param classes of several instances run uncached until each has its place */
  fill(
    service: CacheService,
    options: CacheOptions,
    { decorated, repeated, lifetimes }: ApplicationClasses,
  ): void {
    this.names.declare(decorated);
    for (const classRef of decorated) this.kept.add(classRef);
    this.run = randomUUID();
    this.lifetimes = lifetimes;
    this.cache = service;
    this.cacheOptions = options;
    this.mix(repeated);
  }

  /** The application has booted, and instances of several have slots of their own, but for those of the classes in `mixed`. */
  settle(mixed: ReadonlySet<ClassRef>): void {
    this.names.settle();
    this.mix(mixed);
    this.laterSlot = this.at(undefined);
    this.laterSlot.isLater = true;
  }

  /**
   * The slot of what Nest makes from now on. An instance of a request, or a transient one, shares entries with others
   * of its class there; a singleton has its own, and none is answered for by another.
   */
  get later(): CacheSlot {
    return this.laterSlot ?? this;
  }

  private mix(mixed: ReadonlySet<ClassRef>): void {
    this.mixed = mixed;
    this.bindAnew();
  }

  private bindAnew(): void {
    this.bound = [];
    this.boundByClass = new WeakMap();
  }

  /** The slot of one instance of several: it shares no entries with the others of its class. */
  at(place: string | undefined): CacheSlot {
    const slot = new CacheSlot();
    slot.names = this.names;
    slot.lifetimes = this.lifetimes;
    slot.routeCategories = this.routeCategories;
    slot.warned = this.warned;
    slot.kept = this.kept;
    slot.run = this.run;
    slot.cache = this.cache;
    slot.cacheOptions = this.cacheOptions;
    slot.place = place;
    return slot;
  }

  /**
   * The caching function of a method, for instances of `realClass`. A subclass does not share
   * with its parent, nor an override with the method it overrides.
   */
  bind(service: CacheService, method: CachedMethod, realClass: ClassRef): Invocation {
    const first = this.bound[method.index];
    if (first !== undefined && first.realClass === realClass) return first.call;
    return this.bindOther(service, method, realClass);
  }

  private bindOther(service: CacheService, method: CachedMethod, realClass: ClassRef): Invocation {
    for (let bound = this.bound[method.index]; bound !== undefined; bound = bound.next) {
      if (bound.realClass === realClass) return bound.call;
    }
    const call = this.boundByClass.get(realClass)?.get(method);
    return call ?? this.bindFirst(service, method, realClass);
  }

  private bindFirst(service: CacheService, method: CachedMethod, realClass: ClassRef): Invocation {
    const bare = this.invocation(service, method, realClass);
    const call = this.apartFromRoutes(service, method, realClass, bare);
    if (!this.chain(method, realClass, call)) {
      const calls = this.boundByClass.get(realClass) ?? new Map<CachedMethod, Invocation>();
      this.boundByClass.set(realClass, calls.set(method, call));
    }
    return call;
  }

  /** @returns false for a class that the application does not keep, and where there are enough */
  private chain(method: CachedMethod, realClass: ClassRef, call: Invocation): boolean {
    if (!this.kept.has(realClass)) return false;
    method.takeIndex();
    const next = this.bound[method.index];
    const length = (next?.length ?? 0) + 1;
    if (length > MOST_CHAINED) return false;
    this.bound[method.index] = { realClass, call, next, length };
    return true;
  }

  /** How instances of a class live that the application keeps, those of other providers apart. */
  noteLifetime(realClass: ClassRef, lifetime: Lifetime): void {
    this.kept.add(realClass);
    // Those of one source are numbered now, and not in the order of the first calls.
    this.names.of(realClass);
    // Calls before this were made with what was known then.
    if (this.lifetimes?.note(realClass, lifetime) === true) this.bindAllAnew();
  }

  /** The same of what a factory has made for a request: its class may be one that was made with it, and tells nothing of others. */
  noteProduct(realClass: ClassRef, lifetime: Lifetime): void {
    if (this.lifetimes?.noteProduct(realClass, lifetime) !== true) return;
    if (this.kept.has(realClass)) return this.bindAllAnew();
    this.boundByClass.delete(realClass);
    this.later.boundByClass.delete(realClass);
  }

  private bindAllAnew(): void {
    this.bindAnew();
    this.later.bindAnew();
  }

  /** A method of a controller: if it is a route with keys of the user's, others may have them too. */
  noteControllerMethod(method: CachedMethod): void {
    if (method.options.key === undefined || !isRoute(method)) return;
    this.routeCategories.add(categoryOf(method));
    this.bindAnew();
  }

  /** Whether an instance that has this slot has it itself: most show it by their prototype. */
  owns(instance: object): boolean {
    return instance === this.lastOwner || this.looksOwning(instance);
  }

  private looksOwning(instance: object): boolean {
    const { constructor } = instance;
    const isItself =
      Object.getPrototypeOf(instance) === constructor.prototype ||
      Object.hasOwn(instance, SLOT) ||
      slotsOfSealed.has(instance);
    // Instances of requests are let go.
    if (isItself && !this.lives(constructor).isPerRequest) this.lastOwner = instance;
    return isItself;
  }

  private lives(realClass: ClassRef): Lifetime {
    return this.lifetimes?.of(realClass) ?? UNKNOWN;
  }

  private invocation(service: CacheService, method: CachedMethod, realClass: ClassRef): Invocation {
    // Of what `ModuleRef.create` makes nobody has looked at them.
    service.checkOptions(method.coreOptions, method.path);
    if (this.mixed.has(realClass) && method.options.key === undefined) return runs(service, method);
    if (this.isLater && this.lives(realClass).hasSingleton && method.options.key === undefined) {
      return this.uncached(service, method, realClass, OTHER_SINGLETON);
    }
    const kind = endpointKindOf(method);
    if (kind !== undefined) return this.endpoint(service, method, realClass, kind);
    const why = this.whyUncached(method, realClass);
    if (why !== undefined) return this.uncached(service, method, realClass, why);
    const cached = (service.cached as unknown as UntypedCached).call(service, method.original, {
      ...method.coreOptions,
      name: this.keyNameOf(method, realClass),
    });
    return invocationOf(cached);
  }

  /**
   * Why a method's arguments do not tell one answer from another: it may look at a request, with its user, or at
   * what a guard has made of it, that an instance made for each request has. A route's handler can have it without an injection.
   */
  private whyUncached(method: CachedMethod, realClass: ClassRef): string | undefined {
    const { scope, key, varyBy } = method.options;
    if ((varyBy !== undefined || scope === 'private') && !this.lifetimes?.isNoted(realClass)) {
      return `runs uncached: nothing obeys its ${varyBy === undefined ? 'scope' : 'varyBy'} outside of a route`;
    }
    if (scope === 'public' || key !== undefined) return undefined;
    const { isPerRequest, requestDependency } = this.lives(realClass);
    if (isPerRequest && isRoute(method)) {
      return `runs uncached when its own class calls it: each request has an instance, ${ADVICE}`;
    }
    if (requestDependency === undefined) return undefined;
    return `runs uncached: each request has an instance, into which, or into what it depends on, ${requestDependency} is injected, ${ADVICE}`;
  }

  /** The others are spared the look at what is kept. */
  private apartFromRoutes(
    service: CacheService,
    method: CachedMethod,
    realClass: ClassRef,
    call: Invocation,
  ): Invocation {
    if (method.options.key === undefined) return call;
    if (!this.routeCategories.has(categoryOf(method))) return call;
    return withoutAnswers(call, runs(service, method), (key) => {
      const name = this.toldName(method, realClass);
      if (!this.isNews(name)) return;
      const what = `runs uncached: under its key ${JSON.stringify(key)} is the answer of a route`;
      this.cacheOptions.logger?.error(`${name} ${what}; give one of them another key or category`);
    });
  }

  private uncached(
    service: CacheService,
    method: CachedMethod,
    realClass: ClassRef,
    why: string,
  ): Invocation {
    const name = this.toldName(method, realClass);
    if (this.isNews(name)) this.cacheOptions.logger?.warn(`${name} ${why}`);
    return runs(service, method);
  }

  /** Of classes that come and go, the log is told of all of one source as of one. */
  private toldName(method: CachedMethod, realClass: ClassRef): string {
    if (!this.kept.has(realClass)) return `${this.sharedNameOf(realClass)}.${method.label}`;
    return this.place === undefined
      ? this.nameOf(method, realClass)
      : this.keyNameOf(method, realClass);
  }

  /** Whether the log has not been told yet that the method runs uncached. */
  private isNews(name: string): boolean {
    if (this.warned.has(name) || this.warned.size >= MOST_WARNINGS) return false;
    this.warned.add(name);
    return true;
  }

  private endpoint(
    service: CacheService,
    method: CachedMethod,
    realClass: ClassRef,
    kind: EndpointKind,
  ): Invocation {
    const { categories, logger } = this.cacheOptions;
    return new CachedEndpoint(method, {
      service,
      realClass,
      name: this.keyNameOf(method, realClass),
      kind,
      category: categories?.[method.options.category ?? DEFAULT_CATEGORY] ?? {},
      logger,
      isPerRequest: () => this.lives(realClass).isPerRequest,
    }).asInvocation();
  }

  /** `Class.method`, or `Class:DeclaringClass.method`: the first part of a route's keys, in which its path tells classes apart. */
  nameOf(method: CachedMethod, realClass: ClassRef): string {
    return this.nameWith(this.names.of(realClass), method, realClass);
  }

  /** The first part of the keys of a method that is no route. */
  private keyNameOf(method: CachedMethod, realClass: ClassRef): string {
    return this.nameWith(this.ownerName(realClass), method, realClass);
  }

  private nameWith(
    real: string,
    { declaringClass, label }: CachedMethod,
    realClass: ClassRef,
  ): string {
    if (realClass === declaringClass) return `${real}.${label}`;
    return `${real}:${this.names.of(declaringClass)}.${label}`;
  }

  private ownerName(realClass: ClassRef): string {
    if (this.place !== undefined) return `${this.sharedNameOf(realClass)}~${this.place}`;
    const name = this.names.of(realClass);
    const isLasting = this.kept.has(realClass) && !this.names.isOneOfSeveral(realClass);
    return isLasting ? name : `${name}~${this.run}`;
  }

  /** The name that a class has in common with the others of its name and source text. */
  sharedNameOf(classRef: ClassRef): string {
    return this.names.sharedBy(classRef);
  }
}

function categoryOf({ options }: CachedMethod): string {
  return options.category ?? DEFAULT_CATEGORY;
}

/** The method as it is, but for how long its promises are waited for. */
function runs(service: CacheService, { original, coreOptions }: CachedMethod): Invocation {
  const handOver = service.patienceFor(coreOptions) ?? ((answer: unknown) => answer);
  return (self, args) => handOver(original.apply(self, args));
}

/** The slot of an instance; none if it was made outside Nest. */
export function slotOf(instance: unknown): CacheSlot | undefined {
  const slot = (instance as { [SLOT]?: unknown } | undefined)?.[SLOT];
  // A test that has Nest make up what is missing has put a mock there.
  return slot instanceof CacheSlot ? slot : undefined;
}

/**
 * As `slotOf`, but not of an object that only inherits from an instance (`Object.create(instance)`): what it has of its
 * own, a user's tenant for one, is in no key.
 */
export function ownSlotOf(instance: unknown): CacheSlot | undefined {
  const slot = slotOf(instance);
  if (slot === undefined) return undefined;
  return slot.owns(instance as object) ? slot : undefined;
}

/** Asks Nest for the slot on every instance of the class and its subclasses. */
export function reserveSlot(prototype: object): void {
  if (SLOT in prototype) return;
  Object.defineProperty(prototype, SLOT, {
    configurable: true,
    enumerable: false,
    get(this: object): CacheSlot | undefined {
      return slotsOfSealed.get(this);
    },
    set(this: object, slot: CacheSlot): void {
      // A test may have put a mock there.
      define(this, slot instanceof CacheSlot ? slot.later : slot);
    },
  });
  Inject(CacheSlot)(prototype, SLOT);
  Optional()(prototype, SLOT);
}

/** Gives an instance a slot, in the place of one it has. @returns whether it took it */
export function giveSlot(instance: object, slot: CacheSlot): boolean {
  define(instance, slot);
  return slotOf(instance) === slot;
}

/** Not enumerable: it is to show neither in logs, nor in JSON, nor in comparisons. */
function define(instance: object, slot: CacheSlot): void {
  const own = Object.getOwnPropertyDescriptor(instance, SLOT);
  if (own?.configurable ?? Object.isExtensible(instance)) {
    Object.defineProperty(instance, SLOT, {
      value: slot,
      configurable: true,
      writable: true,
      enumerable: false,
    });
  } else {
    slotsOfSealed.set(instance, slot);
  }
}
