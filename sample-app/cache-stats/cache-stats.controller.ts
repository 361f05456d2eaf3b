import { Controller, Get, Inject } from '@nestjs/common';
import { CacheService } from 'nestjs-tiered-cache';
import type { CacheStats } from 'nestjs-tiered-cache';

@Controller('cache/stats')
export class CacheStatsController {
  constructor(@Inject(CacheService) private readonly cache: CacheService) {}

  @Get()
  stats(): CacheStats {
    return this.cache.getStats();
  }
}
