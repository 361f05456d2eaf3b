import type {
  InjectionToken,
  ModuleMetadata,
  OptionalFactoryDependency,
  Type,
} from '@nestjs/common';
import type { CacheOptions } from '../core/model/options.js';

/** Options of `CacheModule.forRoot`. Each can be left out. */
export interface CacheModuleOptions extends CacheOptions {
  /** Offer `CacheService` to every module, whether or not it imports `CacheModule`. @default true */
  isGlobal?: boolean | undefined;
}

/** A class that makes the options, for `useClass` and `useExisting`. */
export interface CacheOptionsFactory {
  createCacheOptions(): CacheOptions | Promise<CacheOptions>;
}

/** Options of `CacheModule.forRootAsync`. One of `useFactory`, `useClass` and `useExisting` is needed. */
export interface CacheModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Offer `CacheService` to every module, whether or not it imports `CacheModule`. @default true */
  isGlobal?: boolean | undefined;
  /** What `useFactory` is called with, and for it alone: nothing that each request has of its own. @default [] */
  inject?: (InjectionToken | OptionalFactoryDependency)[] | undefined;
  // Bivariant, so that `(config: ConfigService) => ...` fits whatever `inject` names.
  useFactory?(...dependencies: never[]): CacheOptions | Promise<CacheOptions>;
  /** Instantiated by this module. */
  useClass?: Type<CacheOptionsFactory> | undefined;
  /** Taken from one of `imports`. */
  useExisting?: InjectionToken<CacheOptionsFactory> | undefined;
}
