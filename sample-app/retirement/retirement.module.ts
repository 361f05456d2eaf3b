import { Module } from '@nestjs/common';
import { PortfolioModule } from '../portfolio/portfolio.module.js';
import { RetirementController } from './retirement.controller.js';
import { RetirementService } from './retirement.service.js';

@Module({
  imports: [PortfolioModule],
  controllers: [RetirementController],
  providers: [RetirementService],
})
export class RetirementModule {}
