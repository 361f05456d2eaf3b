/** The return of one year, from the last month of the year before. */
export interface YearReturn {
  year: string;
  return: number;
}

/**
 * Returns by calendar year. The first year, which has no month before it, counts from its first
 * month on; the last one ends where the values end.
 *
 * @param months `2009-12`, ascending, one for each value
 */
export function calendarYearReturns(
  months: readonly string[],
  values: readonly number[],
): YearReturn[] {
  const lastOfYear = new Map<string, number>();
  for (const [position, month] of months.entries()) {
    lastOfYear.set(month.slice(0, 4), values[position] ?? Number.NaN);
  }
  let before = values[0] ?? Number.NaN;
  return [...lastOfYear].map(([year, value]) => {
    const change = value / before - 1;
    before = value;
    return { year, return: change };
  });
}
