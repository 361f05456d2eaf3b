export const TTL_MS = 3_600_000;

/** How long each process warms up and measures. */
export const FULL = { rounds: 9, warmMs: 200, sampleMs: 50, samples: 8 };
export const QUICK = { rounds: 3, warmMs: 150, sampleMs: 50, samples: 4 };

/** The options of ours, where a measure has a contender that is named after its policy. */
export function policyOf(contender) {
  return contender === 'adaptive' ? { evictionPolicy: 'adaptive' } : undefined;
}
