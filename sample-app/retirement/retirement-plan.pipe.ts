import { BadRequestException, Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { parseRetirementPlan } from './retirement-plan.js';
import type { RetirementPlan } from './retirement-plan.js';

/** Makes a plan of `?years=&monthly=&target=&simulations=&seed=`, each of which can be left out. */
@Injectable()
export class RetirementPlanPipe implements PipeTransform<Record<string, unknown>, RetirementPlan> {
  transform(query: Record<string, unknown>): RetirementPlan {
    try {
      return parseRetirementPlan(query);
    } catch (error) {
      throw new BadRequestException((error as Error).message, { cause: error });
    }
  }
}
