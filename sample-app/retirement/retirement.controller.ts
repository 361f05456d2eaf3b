import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Cached } from 'nestjs-tiered-cache';
import { portfolioTags } from '../portfolio/portfolio.js';
import type { RetirementPlan } from './retirement-plan.js';
import { RetirementPlanPipe } from './retirement-plan.pipe.js';
import { RetirementService } from './retirement.service.js';
import type { RetirementProjection } from './retirement.service.js';

@Controller('portfolios/:id/retirement')
export class RetirementController {
  constructor(@Inject(RetirementService) private readonly retirement: RetirementService) {}

  @Get()
  @Cached({ ttl: '5m', category: 'portfolio', tags: portfolioTags })
  project(
    @Param('id') id: string,
    @Query(RetirementPlanPipe) plan: RetirementPlan,
  ): RetirementProjection {
    return this.retirement.project(id, plan);
  }
}
