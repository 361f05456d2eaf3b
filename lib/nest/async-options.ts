import type { InjectionToken, Provider } from '@nestjs/common';
import {
  checkAll,
  checkBoolean,
  checkFunction,
  checkList,
  type Check,
} from '../core/option-checks.js';
import { CacheOptionsError, Description } from '../core/primitives/errors.js';
import type { CacheModuleAsyncOptions, CacheOptionsFactory } from './cache-module.options.js';
import { CACHE_MODULE_OPTIONS } from './cache.tokens.js';
import { OptionsLifetime } from './options-lifetime.js';
import { tokenName } from './token-name.js';

const WHERE = 'CacheModule.forRootAsync';

const WAYS = ['useFactory', 'useClass', 'useExisting'] as const;

const CHECKS: Record<keyof CacheModuleAsyncOptions, Check> = {
  isGlobal: checkBoolean,
  imports: checkList,
  inject: checkList,
  useFactory: checkFunction,
  useClass: (value, option) => {
    if (typeof value !== 'function') throw new CacheOptionsError(option, value, 'a class');
  },
  useExisting: (value, option) => {
    if (['function', 'string', 'symbol'].includes(typeof value)) return;
    throw new CacheOptionsError(option, value, 'a token: a class, a string or a symbol');
  },
};

/**
 * The providers that make the options of the module.
 *
 * @throws CacheOptionsError unless there is one way to make them, and it is one
 */
export function asyncOptions(options: CacheModuleAsyncOptions): Provider[] {
  checkAll(options, CHECKS, WHERE);
  const given = WAYS.filter((way) => options[way] !== undefined);
  if (given.length !== 1) {
    const value = given.length === 0 ? options : new Description(given.join(' and '));
    throw new CacheOptionsError(WHERE, value, 'given one of useFactory, useClass and useExisting');
  }
  const { useFactory, useClass, useExisting, inject = [] } = options;
  if (useFactory !== undefined) {
    return [{ provide: CACHE_MODULE_OPTIONS, useFactory, inject }, OptionsLifetime];
  }
  if (inject.length > 0) {
    const way = useClass === undefined ? 'useExisting' : 'useClass';
    const expected = `left out beside ${way}: it is what useFactory is called with`;
    throw new CacheOptionsError(
      `${WHERE}.inject`,
      new Description(`a list of ${inject.length}`),
      expected,
    );
  }
  const factory = useClass ?? useExisting!;
  const made: Provider = {
    provide: CACHE_MODULE_OPTIONS,
    useFactory: (instance: unknown) => factoryIn(instance, factory).createCacheOptions(),
    inject: [factory],
  };
  return [made, OptionsLifetime, ...(useClass === undefined ? [] : [useClass])];
}

function factoryIn(instance: unknown, token: InjectionToken): CacheOptionsFactory {
  const { createCacheOptions } = Object(instance) as Partial<CacheOptionsFactory>;
  if (typeof createCacheOptions === 'function') return instance as CacheOptionsFactory;
  const option = `${tokenName(token)}.createCacheOptions`;
  throw new CacheOptionsError(option, createCacheOptions, 'a method that gives the options');
}
