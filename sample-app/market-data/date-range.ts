/** Days from `from` to `to`, both included. Dates such as `2009-03-31` compare as strings. */
export interface DateRange {
  from: string;
  to: string;
}

export const ALL_DATES: DateRange = { from: '0001-01-01', to: '9999-12-31' };

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** @throws RangeError that names the parameter, for what is not a day of the calendar */
export function parseDateRange(from: unknown, to: unknown): DateRange {
  const range = {
    from: from === undefined ? ALL_DATES.from : parseDate('from', from),
    to: to === undefined ? ALL_DATES.to : parseDate('to', to),
  };
  if (range.from > range.to) throw new RangeError(`from: ${range.from} is after to: ${range.to}`);
  return range;
}

function parseDate(name: string, value: unknown): string {
  const text = typeof value === 'string' && DATE.test(value) ? value : '';
  const instant = new Date(`${text}T00:00:00Z`);
  // `Date` takes 2001-02-30 for the 2nd of March, so what it read is compared with what was written.
  if (Number.isNaN(instant.getTime()) || instant.toISOString().slice(0, 10) !== text) {
    throw new RangeError(`${name}: ${JSON.stringify(value)} is not a date such as 2009-03-31`);
  }
  return text;
}
