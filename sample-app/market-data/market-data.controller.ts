import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Cached } from 'nestjs-tiered-cache';
import type { DateRange } from './date-range.js';
import { DateRangePipe } from './date-range.pipe.js';
import { MarketDataService } from './market-data.service.js';
import type { PriceHistory, Quote } from './market-data.service.js';

@Controller('quotes')
export class MarketDataController {
  constructor(@Inject(MarketDataService) private readonly marketData: MarketDataService) {}

  @Get(':ticker')
  @Cached('5m', 'api_responses')
  quote(@Param('ticker') ticker: string): Promise<Quote> {
    return this.marketData.quote(ticker.toUpperCase());
  }

  @Get(':ticker/history')
  @Cached('5m', 'api_responses')
  history(
    @Param('ticker') ticker: string,
    @Query(DateRangePipe) range: DateRange,
  ): Promise<PriceHistory> {
    return this.marketData.history(ticker.toUpperCase(), range);
  }
}
