import type { CacheObserver } from '../model/cache-event.js';
import type { CacheLogger } from '../model/logger.js';
import type { Clock } from '../primitives/clock.js';
import { ProcessHold } from '../primitives/deadline.js';
import type { TagEpochs } from '../stack/tag-epochs.js';
import type { TierStack } from '../stack/tier-stack.js';
import type { Flight, OldValue } from './flight.js';
import { Flights } from './flights.js';
import type { Load } from './load.js';
import { LoadCounts } from './load-counts.js';
import { LoadKeeping } from './load-keeping.js';
import type { LoadNode } from './load-node.js';
import { LoadRings } from './load-rings.js';
import type { LoadStart } from './load-start.js';
import { StaleServing } from './stale-serving.js';

/** What loads need of the rest of the cache. */
export interface LoadSurroundings {
  readonly stack: TierStack;
  readonly tags: TagEpochs;
  readonly clock: Clock;
  readonly observer: CacheObserver;
  readonly logger: CacheLogger;
}

/** What the loads of one cache have in common. */
export interface LoadParts extends LoadSurroundings {
  readonly counts: LoadCounts;
  readonly keeping: LoadKeeping;
  readonly rings: LoadRings;
  readonly flights: Flights;
  readonly stale: StaleServing;
  /** By it the timeouts of loads keep the process alive, until the cache is closed. */
  readonly hold: ProcessHold;
}

/** How a flight comes about. */
export interface Circumstances {
  /** What was begun before it was known to be a flight. */
  readonly start?: LoadStart;
  /** Absent where no other load waits for it. */
  readonly node?: LoadNode;
  readonly background?: boolean;
  /** What it is to replace, if that is known. */
  readonly old?: OldValue | undefined;
}

/** Begins a flight. */
export type TakeOff = (load: Load, circumstances?: Circumstances) => Flight;

export function loadParts(surroundings: LoadSurroundings): LoadParts {
  const { stack, tags, clock, observer, logger } = surroundings;
  return {
    ...surroundings,
    counts: new LoadCounts(observer),
    keeping: new LoadKeeping(stack, tags, clock, logger),
    rings: new LoadRings(),
    flights: new Flights(),
    stale: new StaleServing(clock, stack),
    hold: new ProcessHold(),
  };
}
