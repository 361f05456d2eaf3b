import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { resolveOptions } from '../core/cache-options.js';
import { CacheService } from '../core/cache.service.js';
import type { CacheOptions } from '../core/model/options.js';
import { CACHE_OPTIONS } from './cache.tokens.js';
import { CleanupSchedule } from './cleanup-schedule.js';
import { membersOf } from './module-members.js';
import { modulesOf } from './modules-of.js';
import { freeDirectory } from './default-directory.js';
import { handOn } from './shared-instances.js';

/**
 * Runs the cleanup from the start of the application to its end, then closes the cache. Requests
 * are still being served when the end begins, so the cache is closed last; what other applications have too goes on
 * with theirs.
 */
@Injectable()
export class CacheLifecycle
  implements
    OnApplicationBootstrap,
    OnModuleDestroy,
    BeforeApplicationShutdown,
    OnApplicationShutdown
{
  private readonly schedule: CleanupSchedule;

  constructor(
    @Inject(CacheService) private readonly service: CacheService,
    @Inject(CACHE_OPTIONS) options: CacheOptions,
    @Inject(ModuleRef) private readonly ref: ModuleRef,
  ) {
    // A test can have put something else in its place.
    const { cleanup } = Object(service) as Partial<CacheService>;
    const cron = typeof cleanup === 'function' && resolveOptions(options).cleanup;
    this.schedule = new CleanupSchedule(cron, () => service.cleanup());
  }

  async onApplicationBootstrap(): Promise<void> {
    // A test can have put something else in its place.
    if (this.service instanceof CacheService) this.service.openFiles();
    await this.schedule.start(modulesOf(this.ref));
  }

  onModuleDestroy(): void {
    this.schedule.stop();
    if (this.service instanceof CacheService) freeDirectory(this.service);
  }

  beforeApplicationShutdown(): void {
    this.schedule.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    if (!(this.service instanceof CacheService)) return;
    await this.service.close();
    for (const { wrapper } of membersOf(modulesOf(this.ref).values())) {
      const instance: unknown = wrapper.instance;
      if (typeof instance === 'object' && instance !== null) handOn(instance);
    }
  }
}
