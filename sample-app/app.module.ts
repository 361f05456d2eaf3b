import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { CacheModule } from 'nestjs-tiered-cache';
import { cacheOptions } from './cache-options.js';
import { CacheStatsController } from './cache-stats/cache-stats.controller.js';
import { MarketDataModule } from './market-data/market-data.module.js';
import { PortfolioModule } from './portfolio/portfolio.module.js';
import { RetirementModule } from './retirement/retirement.module.js';
import { readSettings } from './settings.js';

/** With `ScheduleModule` here, the cache's cleanup stands in the registry among all other jobs. */
@Module({
  imports: [
    ScheduleModule.forRoot(),
    CacheModule.forRootAsync({ useFactory: () => cacheOptions(readSettings(process.env)) }),
    MarketDataModule,
    PortfolioModule,
    RetirementModule,
  ],
  controllers: [CacheStatsController],
})
export class AppModule {}
