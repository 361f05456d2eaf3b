import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LoadExplanation } from '../model/cache-explanation.js';
import type { LoadStats } from '../model/cache-stats.js';
import { isSingleUse } from '../primitives/single-use.js';
import type { Category } from '../stack/category.js';
import { waitFor } from './caller-wait.js';
import { Flight, type Landing, type OldValue } from './flight.js';
import { FlightRun } from './flight-run.js';
import type { Load } from './load.js';
import {
  loadParts,
  type Circumstances,
  type LoadParts,
  type LoadSurroundings,
} from './load-parts.js';
import { LoadNode } from './load-node.js';
import { failed, loaded, type LoadedValue, type LoadOutcome } from './load-outcome.js';
import { staticTags } from './load-plan.js';
import { standingOf, startLoad } from './load-start.js';
import { Renewals } from './renewals.js';
import { oldOutcome } from './stale-serving.js';
import { loadSynchronously } from './synchronous-load.js';
import { isPatient, loadUncached, whileWanted } from './uncached-call.js';

/**
 * The algorithm of every load. The caller has looked into memory and found nothing fresh.
 *
 *     something stale that may be served at once?  -> serve it; renew it in the background
 *     a flight of the key under way, and nothing written since it began, here or by another process
 *     of which a tier below memory knows?  -> join it
 *     else take off:  open a fence -> read below memory -> run the factory
 *                     -> store the value if the fence still stands -> land
 *     landed with a failure, and something stale may be served instead?  -> serve it
 *
 * Joining is what makes the factory run once (single-flight). With `forceRefresh` only a flight is joined that
 * has not begun to ask its factory: what it gives must not be older than the call. The fence is what makes invalidation
 * final: a `set`, `delete` or `clear` since the start both keeps the value out of the cache and
 * sends callers that come later into a flight of their own; those who had joined still get it.
 *
 * A renewal is a flight as well, which nobody waits for unless he comes meanwhile.
 *
 * Tags may be known only when the factory has answered, so they are asked after as well: a caller
 * that joined after one of them was invalidated loads again instead of taking the older value.
 */
export class ReadThrough {
  readonly #parts: LoadParts;
  readonly #renewals: Renewals;

  constructor(surroundings: LoadSurroundings) {
    this.#parts = loadParts(surroundings);
    this.#renewals = new Renewals(this.#parts, this.#takeOff);
  }

  /** The value, from a load that may be shared. Never rejects. */
  async load(load: Load): Promise<LoadOutcome> {
    const { category, key, plan } = load;
    const { tags, clock, counts, rings, stale } = this.#parts;
    if (rings.isDeep) await Promise.resolve();
    const started = performance.now();
    const served = this.serveOld(load);
    if (served !== undefined) return served;
    if (plan.signal?.aborted === true) return failed(plan.signal.reason, 0, 'none');
    const from = rings.current;
    let running = this.#joinable(load);
    const meanwhile =
      running === undefined || plan.forceRefresh ? undefined : stale.meanwhile(running, load);
    if (meanwhile !== undefined) {
      if (meanwhile.source === 'memory') return oldOutcome(meanwhile, clock.now());
      const current = await stale.current(load, meanwhile);
      if (current !== undefined && stale.of(load, current.expiresAt) !== undefined) {
        return oldOutcome(current, clock.now(), performance.now() - started);
      }
      // It may have landed since.
      running = this.#joinable(load);
    }
    if (from !== undefined && rings.closedBy(from, load, running?.node) !== undefined) {
      // A load that has called another and does not wait for it may be about to end: by its end, a queue calls the next.
      await nextTurn();
      if (from.over || running?.node.over === true) return this.#again(load, undefined);
      running = this.#joinable(load);
      const ring = rings.closedBy(from, load, running?.node);
      if (ring !== undefined) return failed(ring, 0);
    }
    const node = running?.node ?? new LoadNode(category, key, from);
    // Before the factory runs: what it calls must find who waits for it.
    from?.startWaiting(node);
    const flight = running ?? this.#takeOff(load, { node });
    if (running !== undefined) counts.joined(category, key);
    const joinedAt = tags.now;
    const landing = await waitFor(flight, load, this.#parts);
    from?.stopWaiting(node);
    if ('reason' in landing) return failed(landing.reason, performance.now() - started);
    if (!('outcome' in landing)) {
      const current = await stale.latest(load, landing.old);
      return oldOutcome(current, clock.now(), performance.now() - started);
    }
    if (running === undefined) return stale.currentAnswer(load, landing);
    return this.#joinedAnswer(load, landing, joinedAt !== flight.fence.startedAt);
  }

  /** The answer of a flight that somebody else began. @param isLate whether there were invalidations before the joining */
  async #joinedAnswer(load: Load, landing: Landing, isLate: boolean): Promise<LoadOutcome> {
    const { stale } = this.#parts;
    const { outcome, overtaken } = landing;
    // A stream has one reader: who waited for another's has to have its own.
    if (outcome.ok && isForOne(outcome.value)) return this.loadUncached(load);
    // Which invalidation came first is not known: any before the joining may have been of the tag.
    const isOlder = overtaken && isLate;
    const isTooOld =
      outcome.ok && outcome.stale && stale.of(load, outcome.expiresAt ?? Infinity) === undefined;
    if (isOlder || isTooOld) return this.#again(load, outcome.durationMs);
    return stale.currentAnswer(load, landing);
  }

  /** Whether a load that can wait is to begin when the stack is free again. */
  get isDeep(): boolean {
    return this.#parts.rings.isDeep;
  }

  /** What memory has that is past its time, if it may be served without waiting for anything. */
  serveOld(load: Load): LoadedValue | undefined {
    const { category, key, plan } = load;
    if (plan.staleness.keptMs === 0 || plan.forceRefresh || !plan.selection.memory)
      return undefined;
    const entry = category.memory.findStale(key, true);
    if (entry === undefined) return undefined;
    const { stale, clock } = this.#parts;
    const serving = stale.of(load, entry.expiresAt);
    if (serving === undefined) return undefined;
    const old: OldValue = { ...entry, source: 'memory' };
    if (serving === 'stale, and renew') this.#renewals.start('revalidate', load, old);
    return oldOutcome(old, clock.now());
  }

  /** As `serveOld`, or what a load under way is to replace in memory. */
  serveAtOnce(load: Load): LoadedValue | undefined {
    const { flights, stale, clock } = this.#parts;
    const running = flights.joinable(load.category, load.key);
    const served = this.serveOld(load);
    if (served !== undefined || running === undefined) return served;
    const old = stale.meanwhile(running, load);
    return old?.source === 'memory' ? oldOutcome(old, clock.now()) : undefined;
  }

  /** A read that found something fresh: late in its life, it has it renewed. */
  refreshAhead(load: Load): void {
    const { memory } = load.category;
    memory.keepBirths();
    const entry = memory.findStale(load.key);
    if (entry === undefined) return;
    if (!this.#parts.stale.isLate(load.plan, entry.expiresAt, entry.bornAt)) return;
    this.#renewals.start('refreshAhead', load, { ...entry, source: 'memory' });
  }

  /** As `load`, for a function that may be synchronous; what it throws is thrown. */
  loadSync(load: Load<() => unknown>, isSynchronous: boolean): unknown {
    return loadSynchronously(load, isSynchronous, this.#parts, this.#takeOff);
  }

  /** The factory's answer with no cache around it. Never rejects. */
  loadUncached(load: Load): Promise<LoadOutcome> {
    return loadUncached(load.factory, load, this.#parts.clock);
  }

  /** What a function gave with no cache around it; a promise is waited for as long as with one. */
  handOver(caller: Pick<Load, 'category' | 'plan'>, answer: unknown): unknown {
    if (!(answer instanceof Promise) || isPatient(caller)) return answer;
    return whileWanted(caller, this.#parts.clock, () => answer);
  }

  /** Whether a load of the key is under way. */
  loading(category: Category, key: string): boolean {
    return this.#parts.flights.has(category, key);
  }

  /** What the loads of a key are doing, for someone who only looks. */
  explain(category: Category, key: string): LoadExplanation {
    const { flights, stale, clock } = this.#parts;
    const flight = flights.get(category, key);
    const waits = this.#renewals.has(category, key) ? 'waiting' : 'none';
    const state = flight === undefined ? waits : flight.background ? 'renewing' : 'running';
    return { state, pausedUntil: stale.pauses.endOf(category, key, clock.now()) };
  }

  statsOf(category: Category): Readonly<LoadStats> {
    return this.#parts.counts.of(category);
  }

  /** Ends what runs in the background; what hangs does not keep the process alive any more, until its timeout, either. */
  close(): Promise<void> {
    this.#parts.hold.letGo();
    return this.#renewals.close();
  }

  /** The load under way whose answer the caller may have. */
  #joinable({ category, key, plan }: Load): Flight | undefined {
    const flight = this.#parts.flights.joinable(category, key);
    return plan.forceRefresh && flight?.isAhead !== true ? undefined : flight;
  }

  /** A field, for the parts that begin flights as well. */
  readonly #takeOff = (load: Load, circumstances: Circumstances = {}): Flight => {
    const { stack, flights } = this.#parts;
    const { category, key, plan } = load;
    const { start: opened, background = false } = circumstances;
    const { node = new LoadNode(category, key, undefined) } = circumstances;
    // An older flight must not store its value over this one's, whatever its tags turn out to be.
    if (flights.has(category, key) && opened === undefined) category.fences.supersede(key);
    const start = opened ?? startLoad(stack, category, key, plan.selection);
    const { fence } = start;
    const tags = staticTags(plan);
    const { hardMs } = plan.patience;
    const standing = standingOf(stack, category, key, plan.selection, start);
    const flight = new Flight({ node, fence, tags, background, hardMs, standing });
    const present = plan.selection.memory ? category.memory.findStale(key) : undefined;
    flight.old =
      present === undefined ? circumstances.old : { ...present, source: 'memory', standing };
    // A renewal may take what another process has renewed before.
    const takesBelow = background && plan.lock === 'machine';
    flight.isAhead = plan.forceRefresh && opened === undefined && !takesBelow;
    if (plan.refreshAhead !== undefined) category.memory.keepBirths();
    // Before the factory runs: what it calls must find the flight.
    flights.enter(category, key, flight);
    new FlightRun(load, flight, start, this.#parts, this.#renewals).begin();
    return flight;
  };

  /** A caller that cannot take what it has waited for has another try. */
  async #again(load: Load, durationMs: number | undefined): Promise<LoadOutcome> {
    const { key, plan } = load;
    const { memory } = load.category;
    if (!plan.selection.memory || plan.forceRefresh) return this.load(load);
    const slot = memory.find(key);
    if (slot < 0) return this.load(load);
    const value = memory.valueAt(slot);
    return { ...loaded(value, durationMs, memory.expiryAt(slot)), source: 'memory' };
  }
}

/** Looking at a value can run what its owner wrote: a getter, or a proxy. */
function isForOne(value: unknown): boolean {
  try {
    return isSingleUse(value);
  } catch {
    return false;
  }
}
