import { BadRequestException, Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { parseDateRange } from './date-range.js';
import type { DateRange } from './date-range.js';

/** Makes a range of `?from=&to=`, either of which can be left out. */
@Injectable()
export class DateRangePipe implements PipeTransform<Record<string, unknown>, DateRange> {
  transform({ from, to }: Record<string, unknown>): DateRange {
    try {
      return parseDateRange(from, to);
    } catch (error) {
      throw new BadRequestException((error as Error).message, { cause: error });
    }
  }
}
