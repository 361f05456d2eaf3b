import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import { Cached } from 'nestjs-tiered-cache';
import { portfolioTags } from '../portfolio/portfolio.js';
import type { RetirementPlan } from './retirement-plan.js';
import { RetirementPlanPipe } from './retirement-plan.pipe.js';
import { RetirementService } from './retirement.service.js';
import type { RetirementProjection } from './retirement.service.js';

/** A browser asks each time, as for the portfolio. */
@Controller('portfolios/:id/retirement')
export class RetirementController {
  constructor(@Inject(RetirementService) private readonly retirement: RetirementService) {}

  @Get()
  @Header('Cache-Control', 'no-cache')
  @Cached({ ttl: '5m', category: 'portfolio', tags: portfolioTags })
  project(
    @Param('id') id: string,
    @Query(RetirementPlanPipe) plan: RetirementPlan,
  ): RetirementProjection {
    return this.retirement.project(id, plan);
  }
}
