import { Body, Controller, Get, Header, Inject, Param, Put, Query } from '@nestjs/common';
import { Cached } from 'nestjs-tiered-cache';
import type { DateRange } from '../market-data/date-range.js';
import { DateRangePipe } from '../market-data/date-range.pipe.js';
import { HoldingsPipe } from './holdings.pipe.js';
import type { Correlation, Performance, Valuation } from './portfolio-answers.js';
import { PortfolioReportService } from './portfolio-report.service.js';
import type { PortfolioReport } from './portfolio-report.service.js';
import { portfolioTags } from './portfolio.js';
import type { Holding, Portfolio } from './portfolio.js';
import { PortfolioService } from './portfolio.service.js';

/** A browser asks each time: what it kept, no change of the holdings would reach. */
@Controller('portfolios/:id')
export class PortfolioController {
  constructor(
    @Inject(PortfolioService) private readonly portfolios: PortfolioService,
    @Inject(PortfolioReportService) private readonly reports: PortfolioReportService,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-cache')
  @Cached({ ttl: '5m', category: 'portfolio', tags: portfolioTags })
  valuation(@Param('id') id: string): Valuation {
    return this.portfolios.valuation(id);
  }

  @Put('holdings')
  replaceHoldings(
    @Param('id') id: string,
    @Body(HoldingsPipe) holdings: Holding[],
  ): Promise<Portfolio> {
    return this.portfolios.replaceHoldings(id, holdings);
  }

  @Get('performance')
  @Header('Cache-Control', 'no-cache')
  @Cached({ ttl: '5m', category: 'portfolio', tags: portfolioTags })
  performance(@Param('id') id: string, @Query(DateRangePipe) range: DateRange): Performance {
    return this.portfolios.performance(id, range);
  }

  @Get('correlation')
  @Header('Cache-Control', 'no-cache')
  @Cached({ ttl: '5m', category: 'portfolio', tags: portfolioTags })
  correlation(@Param('id') id: string): Correlation {
    return this.portfolios.correlation(id);
  }

  /** Not cached as a whole: it tells where each of its sections came from. */
  @Get('report')
  report(@Param('id') id: string): Promise<PortfolioReport> {
    return this.reports.report(id);
  }
}
