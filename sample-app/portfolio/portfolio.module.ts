import { Module } from '@nestjs/common';
import { MarketDataModule } from '../market-data/market-data.module.js';
import { PortfolioReportService } from './portfolio-report.service.js';
import { PortfolioController } from './portfolio.controller.js';
import { PortfolioRepository } from './portfolio.repository.js';
import { PortfolioService } from './portfolio.service.js';

@Module({
  imports: [MarketDataModule],
  controllers: [PortfolioController],
  providers: [PortfolioRepository, PortfolioService, PortfolioReportService],
  exports: [PortfolioService],
})
export class PortfolioModule {}
