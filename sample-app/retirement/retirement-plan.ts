/** What someone means to do, and what they hope for. Money is as of today: no inflation, no taxes. */
export interface RetirementPlan {
  years: number;
  /** Paid in at the end of each month. */
  monthly: number;
  target: number;
  simulations: number;
  /** The same seed draws the same futures. */
  seed: number;
}

interface Bounds {
  usual: number;
  least: number;
  most: number;
  whole: boolean;
}

/** `most` keeps one request below half a second: the calculation holds the event loop. */
const BOUNDS: Record<keyof RetirementPlan, Bounds> = {
  years: { usual: 30, least: 1, most: 60, whole: true },
  monthly: { usual: 500, least: 0, most: 1_000_000, whole: false },
  target: { usual: 1_000_000, least: 1, most: 1e12, whole: false },
  simulations: { usual: 2000, least: 100, most: 20_000, whole: true },
  seed: { usual: 1, least: 0, most: 2 ** 32 - 1, whole: true },
};

/** @throws RangeError that names the parameter and what it may be */
export function parseRetirementPlan(query: Record<string, unknown>): RetirementPlan {
  const read = (name: keyof RetirementPlan): number => parse(name, query[name], BOUNDS[name]);
  return {
    years: read('years'),
    monthly: read('monthly'),
    target: read('target'),
    simulations: read('simulations'),
    seed: read('seed'),
  };
}

function parse(name: string, value: unknown, { usual, least, most, whole }: Bounds): number {
  if (value === undefined) return usual;
  const plain = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value);
  const amount = plain ? Number(value) : Number.NaN;
  if (!(amount >= least && amount <= most) || (whole && !Number.isInteger(amount))) {
    const kind = whole ? 'a whole number' : 'a number';
    throw new RangeError(
      `${name}: ${JSON.stringify(value)} is not ${kind} from ${least} to ${most}`,
    );
  }
  return amount;
}
