import { assembleCache } from '../../../lib/core/create-cache.js';
import type { CacheService } from '../../../lib/core/cache.service.js';
import type { CacheOptions } from '../../../lib/core/model/options.js';
import type { LowerTier } from '../../../lib/core/stack/lower-tier.js';
import { ManualClock } from '../../../lib/testing.js';
import { RecordingLogger } from './recording-logger.js';

export interface Scenario {
  readonly cache: CacheService;
  readonly clock: ManualClock;
  readonly logger: RecordingLogger;
}

/** A cache on a clock that stands still, with nothing running by itself. */
export function scenario(options: CacheOptions = {}, lower: readonly LowerTier[] = []): Scenario {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const cache = assembleCache({ clock, logger, cleanup: false, ...options }, lower);
  return { cache, clock, logger };
}
