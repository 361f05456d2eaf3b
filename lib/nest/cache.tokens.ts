import type { InjectionToken } from '@nestjs/common';
import type { CacheOptions } from '../core/model/options.js';
import type { CacheModuleOptions } from './cache-module.options.js';

/** The options as the user gave them. */
export const CACHE_MODULE_OPTIONS: InjectionToken<CacheModuleOptions | undefined> = Symbol(
  'nestjs-tiered-cache:module-options',
);

/** The options of the cache itself, checked. */
export const CACHE_OPTIONS: InjectionToken<CacheOptions> = Symbol('nestjs-tiered-cache:options');
