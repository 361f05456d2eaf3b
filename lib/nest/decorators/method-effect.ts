import type { CacheService } from '../../core/cache.service.js';
import type { CacheLogger } from '../../core/model/logger.js';
import type { CacheSlot } from '../cache.slot.js';
import type { ClassRef } from '../class-names.js';
import { reserveSlot, slotOf } from '../cache.slot.js';
import { asError } from '../../core/primitives/errors.js';
import { afterSuccess, type Success } from './after-success.js';
import { decoratedMethod, type Method, wrapMethod } from './method-wrapper.js';
import { showOnOutermost } from './outermost-method.js';

/** Metadata of a method: its effects, innermost first. */
const METHOD_EFFECTS = 'nestjs-tiered-cache:effects';

/** One call of a method, after it has succeeded. */
export interface SucceededCall extends Success {
  readonly instance: unknown;
  readonly args: readonly unknown[];
}

/** What a decorator does to the cache after a method has succeeded. */
export interface MethodEffect {
  /** As it is written: `@CacheEvict`. */
  readonly decorator: string;
  /**
   * Does what can be done at once before it returns: a synchronous method does not wait for the rest.
   */
  run(service: CacheService, call: SucceededCall): Promise<unknown>;
  /** @throws CacheOptionsError naming the option under `where` */
  check(service: CacheService, where: string): void;
}

/** An effect on a method, as the explorer finds it. */
export class DecoratedEffect {
  constructor(
    readonly declaringClass: ClassRef,
    readonly propertyKey: string | symbol,
    readonly effect: MethodEffect,
  ) {}
}

/** The method decorator that has this effect. What fails in it is logged, never thrown. */
export function effectDecorator(effect: MethodEffect): MethodDecorator {
  const decorate = (
    target: object,
    propertyKey: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    const original = decoratedMethod(target, propertyKey, descriptor, effect.decorator);
    const where = `${target.constructor.name}.${String(propertyKey)} ${effect.decorator}`;
    const wrapper = wrapMethod(original, function (this: unknown, ...args: unknown[]): unknown {
      const slot = slotOf(this);
      const result = original.apply(this, args);
      if (slot?.service === undefined) return result;
      return afterSuccess(result, (success) =>
        settle(effect, slot, { instance: this, args, ...success }, where),
      );
    });
    descriptor.value = wrapper;
    const decorated = new DecoratedEffect(target.constructor, propertyKey, effect);
    Reflect.defineMetadata(METHOD_EFFECTS, [...leftOn(original), decorated], wrapper);
    showOnOutermost(target, propertyKey, wrapper, METHOD_EFFECTS);
    reserveSlot(target);
  };
  return decorate as MethodDecorator;
}

/** The effects on a method, innermost first; without those of another copy of this package. */
export function effectsOf(method: object): readonly DecoratedEffect[] {
  return leftOn(method).filter((effect) => effect instanceof DecoratedEffect);
}

/** Whether another copy of this package has left effects on a method. */
export function hasOthersEffects(method: object): boolean {
  return leftOn(method).some((effect) => !(effect instanceof DecoratedEffect));
}

function leftOn(method: object): readonly unknown[] {
  return (Reflect.getMetadata(METHOD_EFFECTS, method) as readonly unknown[] | undefined) ?? [];
}

async function settle(
  effect: MethodEffect,
  slot: CacheSlot,
  call: SucceededCall,
  where: string,
): Promise<void> {
  try {
    if (slot.service) await effect.run(slot.service, call);
  } catch (error) {
    complain(slot.options.logger, where, error);
  }
}

function complain(logger: CacheLogger | undefined, where: string, error: unknown): void {
  logger?.error(`${where} failed after the method had succeeded: ${asError(error).message}`);
}
