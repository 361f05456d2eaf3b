import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { MarketDataModule } from '../market-data/market-data.module.js';
import { readSettings } from '../settings.js';
import { PortfolioReportService } from './portfolio-report.service.js';
import { PortfolioController } from './portfolio.controller.js';
import { PORTFOLIO_FILE, PortfolioRepository } from './portfolio.repository.js';
import { PortfolioService } from './portfolio.service.js';

@Module({
  imports: [MarketDataModule],
  controllers: [PortfolioController],
  providers: [
    PortfolioRepository,
    PortfolioService,
    PortfolioReportService,
    {
      provide: PORTFOLIO_FILE,
      useFactory: () => join(readSettings(process.env).dataDirectory, 'portfolios.json'),
    },
  ],
  exports: [PortfolioService],
})
export class PortfolioModule {}
