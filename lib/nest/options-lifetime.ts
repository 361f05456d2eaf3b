import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { CacheOptionsError, Description } from '../core/primitives/errors.js';
import { CACHE_MODULE_OPTIONS } from './cache.tokens.js';
import { Injections } from './injections.js';
import { modulesOf } from './modules-of.js';
import { requestScopedAmong } from './request-dependency.js';
import { tokenName } from './token-name.js';

/**
 * Refuses options that depend on a request. Nest would make a cache for each, of which nothing that lives longer, and
 * no decorator, would know. Itself it depends on nothing, so that Nest makes it at boot.
 */
@Injectable()
export class OptionsLifetime implements OnModuleInit {
  constructor(@Inject(ModuleRef) private readonly ref: ModuleRef) {}

  /** @throws CacheOptionsError naming the provider */
  onModuleInit(): void {
    const modules = modulesOf(this.ref);
    const injections = new Injections(modules);
    for (const { providers } of modules.values()) {
      const options = providers.get(CACHE_MODULE_OPTIONS);
      const [token] =
        options === undefined ? [] : requestScopedAmong(injections.into(options), injections);
      if (token === undefined) continue;
      throw new CacheOptionsError(
        'CacheModule.forRootAsync',
        new Description(`${tokenName(token)}, of which each request has its own`),
        'given what there is one of in the application: its cache is one for all requests',
      );
    }
  }
}
