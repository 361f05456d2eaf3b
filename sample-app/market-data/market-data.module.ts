import { Module } from '@nestjs/common';
import { MarketDataController } from './market-data.controller.js';
import { MarketDataService, PRICE_TABLE } from './market-data.service.js';
import { loadPriceTable } from './price-files.js';

@Module({
  controllers: [MarketDataController],
  providers: [MarketDataService, { provide: PRICE_TABLE, useFactory: loadPriceTable }],
  exports: [MarketDataService],
})
export class MarketDataModule {}
