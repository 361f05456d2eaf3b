import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { LazyModuleLoader, ModuleRef } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';
import { DEFAULT_CONCURRENCY, forEachBounded } from '../core/loading/bounded-work.js';
import type { CacheOptions } from '../core/model/options.js';
import { asError, CacheOptionsError, Description } from '../core/primitives/errors.js';
import { CacheSlot } from './cache.slot.js';
import { CACHE_OPTIONS } from './cache.tokens.js';
import { CachedMethod } from './cached-method.js';
import { endpointKindOf } from './contexts/endpoint-kind.js';
import {
  type ArgumentLists,
  checkArgumentLists,
  PreloadedMethod,
} from './decorators/preload.decorator.js';
import { PreloadProgress } from './decorators/preload-progress.js';
import type { Method } from './decorators/method-wrapper.js';
import { ROUTE_METHOD } from './http/nest-metadata.js';
import { afterEachLoad } from './lazy-loads.js';
import { ModuleLogger } from './module-logger.js';
import { modulesOf } from './modules-of.js';
import { prototypeOf } from './prototype-of.js';
import { SeenSlots } from './seen-slots.js';

/** A method to call at boot, of an instance. */
interface Preloading {
  readonly instance: object;
  readonly call: Method;
  readonly label: string;
  readonly method: PreloadedMethod;
}

/**
 * Calls the methods that have `@Preload` when the application has booted, or has loaded their module later, and stops
 * when it closes. The methods go at once, each with so many calls at a time: a slow source does not keep the others
 * waiting.
 */
@Injectable()
export class CachePreloader implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new ModuleLogger();
  private readonly closing = new AbortController();
  private readonly slots: SeenSlots;
  /** A module can be asked for many times. */
  private readonly known = new WeakSet<object>();
  private wanted: Preloading[] = [];

  constructor(
    @Inject(ModuleRef) private readonly ref: ModuleRef,
    @Inject(CACHE_OPTIONS) private readonly options: CacheOptions,
    @Inject(CacheSlot) private readonly slot: CacheSlot,
    @Inject(LazyModuleLoader) private readonly loader: LazyModuleLoader,
  ) {
    this.slots = new SeenSlots(modulesOf(ref));
  }

  /** @throws CacheOptionsError where a method cannot be preloaded */
  onModuleInit(): void {
    this.wanted = this.newIn(this.slots.seeing(this.slot));
  }

  async onApplicationBootstrap(): Promise<void> {
    // Modules that were loaded since are among them.
    const wanted = [...this.wanted, ...this.newIn(this.slots.seeing(this.slot))];
    // Not before every `onModuleInit`: the explorer looks first then, and what it has looked at has its cache.
    afterEachLoad(this.loader, modulesOf(this.ref), (loaded) =>
      this.preload(this.newIn(this.slots.seeing(this.slot, loaded))),
    );
    await this.preload(wanted);
  }

  /** @throws CacheOptionsError where a method cannot be preloaded */
  private newIn(modules: readonly Module[]): Preloading[] {
    const preloadings: Preloading[] = [];
    for (const { controllers, providers } of modules) {
      for (const wrapper of [...controllers.values(), ...providers.values()]) {
        const instance = singletonOf(wrapper as InstanceWrapper);
        if (instance === undefined || this.known.has(instance)) continue;
        this.known.add(instance);
        preloadings.push(...preloadingsOf(instance));
      }
    }
    return preloadings;
  }

  /** Ends when those have ended that are waited for. */
  private async preload(preloadings: readonly Preloading[]): Promise<void> {
    if (this.options.enabled === false) return;
    const waited: Promise<void>[] = [];
    for (const preloading of preloadings) {
      const run = this.run(preloading);
      if (preloading.method.options.wait === true) waited.push(run);
    }
    await Promise.all(waited);
  }

  onModuleDestroy(): void {
    this.closing.abort();
  }

  /** Never rejects. */
  private async run({ instance, call, label, method }: Preloading): Promise<void> {
    const { args = [[]], concurrency = DEFAULT_CONCURRENCY } = method.options;
    const { signal } = this.closing;
    try {
      const lists: unknown = typeof args === 'function' ? await args(instance as never) : args;
      checkArgumentLists(lists, `${label} @Preload.args`);
      const progress = new PreloadProgress(label, lists.length, this.logger);
      progress.begin(concurrency);
      await forEachBounded(lists as ArgumentLists, concurrency, signal, async (list) => {
        try {
          // A synchronous method does not hold up the rest of the boot from its first call to its last.
          await nextTurn();
          await call.apply(instance, [...list]);
          progress.called();
        } catch (thrown) {
          progress.called(asError(thrown));
        }
      });
      progress.end();
    } catch (thrown) {
      this.logger.error(`${label} was not preloaded: ${asError(thrown).message}`);
    }
  }
}

/** The instance, where there is one for the whole life of the application. @throws CacheOptionsError */
function singletonOf(wrapper: InstanceWrapper): object | undefined {
  if (wrapper.isAlias) return undefined;
  const isSingleton = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
  const instance: unknown = isSingleton ? wrapper.instance : undefined;
  if (isSingleton) return typeof instance === 'object' && instance !== null ? instance : undefined;
  const { prototype } = (wrapper.metatype ?? {}) as { prototype?: object };
  if (wrapper.isNotMetatype || prototype === undefined) return undefined;
  for (const key of preloadedMethodsOf(prototype).keys()) {
    const label = `${prototype.constructor.name}.${String(key)} @Preload`;
    const found = wrapper.isTransient ? 'a transient class' : 'a class made for each request';
    throw new CacheOptionsError(
      label,
      new Description(found),
      'in a class of which there is one instance',
    );
  }
  return undefined;
}

function preloadingsOf(instance: object): Preloading[] {
  const preloadings: Preloading[] = [];
  for (const [key, call] of preloadedMethodsOf(prototypeOf(instance))) {
    const method = PreloadedMethod.of(call)!;
    const label = `${instance.constructor.name}.${String(key)}`;
    method.check(`${label} @Preload`);
    checkPlace(call, `${label} @Preload`);
    preloadings.push({ instance, call, label, method });
  }
  return preloadings;
}

/** By name, the nearest to the instance: a method that overrides a preloaded one is not preloaded itself. */
function preloadedMethodsOf(prototype: object | undefined): Map<string | symbol, Method> {
  const methods = new Map<string | symbol, unknown>();
  for (let from = prototype; from !== undefined; from = prototypeOf(from)) {
    if (from === Object.prototype) break;
    for (const key of Reflect.ownKeys(from)) {
      if (!methods.has(key)) methods.set(key, Object.getOwnPropertyDescriptor(from, key)?.value);
    }
  }
  const preloaded = new Map<string | symbol, Method>();
  for (const [key, method] of methods) {
    if (key === 'constructor' || typeof method !== 'function') continue;
    if (PreloadedMethod.of(method) !== undefined) preloaded.set(key, method as Method);
  }
  return preloaded;
}

/** @throws CacheOptionsError where calls by nobody make no sense */
function checkPlace(call: Method, where: string): void {
  const cached = CachedMethod.of(call);
  if (cached === undefined) {
    throw new CacheOptionsError(
      where,
      new Description('a method without @Cached'),
      'on a method that has @Cached',
    );
  }
  const expected = 'on a method that can be called without a request';
  if (Reflect.hasMetadata(ROUTE_METHOD, call)) {
    throw new CacheOptionsError(where, new Description('a route'), expected);
  }
  if (endpointKindOf(cached) !== undefined) {
    throw new CacheOptionsError(
      where,
      new Description('a resolver or a message handler'),
      expected,
    );
  }
}
