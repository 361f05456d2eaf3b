import type { Provider } from '@nestjs/common';
import { CacheService } from '../../core/cache.service.js';
import { CacheSlot } from '../cache.slot.js';
import { CacheManagerAdapter } from './cache-manager.adapter.js';
import { checkCacheManagerOptions, type CacheManagerOptions } from './cache-manager.options.js';

/** The token under which `@nestjs/cache-manager` provides its cache. The same, so that it need not be there. */
export const CACHE_MANAGER = 'CACHE_MANAGER';

/**
 * Provides the token `CACHE_MANAGER` with the methods of `cache-manager`, over this cache.
 *
 * @throws CacheOptionsError for bad options; for a tier that is not there, when the application boots
 * @example
 * @Module({
 *   imports: [CacheModule.forRoot()],
 *   providers: [provideCacheManager({ category: 'legacy' })],
 *   exports: [CACHE_MANAGER],
 * })
 * export class AppModule {}
 */
export function provideCacheManager(options: CacheManagerOptions = {}): Provider {
  checkCacheManagerOptions(options, 'provideCacheManager');
  return {
    provide: CACHE_MANAGER,
    inject: [CacheService, CacheSlot],
    useFactory: (service: CacheService, slot: CacheSlot) =>
      new CacheManagerAdapter(service, options, slot.options.clock),
  };
}
