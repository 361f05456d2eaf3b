import type { CacheObserver } from '../model/cache-event.js';
import type { LoadStats } from '../model/cache-stats.js';
import type { CacheLogger } from '../model/logger.js';
import type { Factory } from '../model/options.js';
import type { Clock } from '../primitives/clock.js';
import { startDeadline } from '../primitives/deadline.js';
import { CacheError, CacheTimeoutError } from '../primitives/errors.js';
import type { Category } from '../stack/category.js';
import type { Fence } from '../stack/fences.js';
import type { TagEpochs } from '../stack/tag-epochs.js';
import type { TierLease } from '../stack/lower-tier.js';
import type { FoundBelow, TierStack } from '../stack/tier-stack.js';
import { NOT_FOUND } from '../stores/memory/memory-store.js';
import { BackgroundWork, type BackgroundReason, type BackgroundRun } from './background-work.js';
import { waitFor } from './caller-wait.js';
import { contextFor, type FactoryWishes } from './factory-wishes.js';
import { FailurePauses } from './failure-pauses.js';
import { Flight, type Landing, type OldValue } from './flight.js';
import { LoadCounts } from './load-counts.js';
import { LoadKeeping, type Kept } from './load-keeping.js';
import { LoadNode } from './load-node.js';
import { failed, loaded, valueOf, type LoadedValue, type LoadOutcome } from './load-outcome.js';
import { plannedMs, staticTags, type LoadPlan } from './load-plan.js';
import { LoadRings } from './load-rings.js';
import { startLoad, type LoadStart } from './load-start.js';
import { endLease, takeTurn } from './machine-lock.js';

/** What a load is, but for its plan's changes on the way. */
interface Load {
  readonly category: Category;
  readonly key: string;
  readonly factory: Factory<unknown>;
  readonly plan: LoadPlan;
}

/** How a flight comes about. */
interface Circumstances {
  /** The load whose factory asked for it. */
  readonly parent?: LoadNode | undefined;
  /** What was begun before it was known to be a flight. */
  readonly start?: LoadStart;
  readonly node?: LoadNode;
  readonly background?: boolean;
  /** What it is to replace, if that is known. */
  readonly old?: OldValue | undefined;
}

/** What may be done at once with a value that is past its time. */
type Serving = 'fresh' | 'stale' | 'stale, and renew';

/**
 * The algorithm of every load. The caller has looked into memory and found nothing fresh.
 *
 *     something stale that may be served at once?  -> serve it; renew it in the background
 *     a flight of the key under way, and nothing written since it began?  -> join it
 *     else take off:  open a fence -> read below memory -> run the factory
 *                     -> store the value if the fence still stands -> land
 *     landed with a failure, and something stale may be served instead?  -> serve it
 *
 * Joining is what makes the factory run once (single-flight). The fence is what makes invalidation
 * final: a `set`, `delete` or `clear` since the start both keeps the value out of the cache and
 * sends callers that come later into a flight of their own; those who had joined still get it.
 *
 * A renewal is a flight as well, which nobody waits for unless he comes meanwhile.
 *
 * Tags may be known only when the factory has answered, so they are asked after as well: a caller
 * that joined after one of them was invalidated loads again instead of taking the older value.
 *
 * Everything between the factory's answer and the end of the flight happens in one synchronous
 * stretch: there is no moment at which the value is neither in memory nor in flight.
 */
export class ReadThrough {
  readonly #flights = new Map<Category, Map<string, Flight>>();
  readonly #stack: TierStack;
  readonly #tags: TagEpochs;
  readonly #clock: Clock;
  readonly #counts: LoadCounts;
  readonly #keeping: LoadKeeping;
  readonly #background = new BackgroundWork();
  readonly #pauses = new FailurePauses();
  readonly #rings = new LoadRings();

  constructor(
    stack: TierStack,
    tags: TagEpochs,
    clock: Clock,
    observer: CacheObserver,
    logger: CacheLogger,
  ) {
    this.#stack = stack;
    this.#tags = tags;
    this.#clock = clock;
    this.#counts = new LoadCounts(observer);
    this.#keeping = new LoadKeeping(stack, tags, clock, logger);
  }

  /** The value, from a load that may be shared. Never rejects. */
  async load(
    category: Category,
    key: string,
    factory: Factory<unknown>,
    plan: LoadPlan,
  ): Promise<LoadOutcome> {
    const { signal } = plan;
    if (signal?.aborted === true) return failed(signal.reason, 0);
    const started = performance.now();
    const served = this.serveOld(category, key, factory, plan);
    if (served !== undefined) return served;
    const from = this.#rings.current;
    const running = plan.forceRefresh ? undefined : this.#joinable(category, key);
    const load = { category, key, factory, plan };
    const meanwhile = running && this.#servedOf(running, load);
    if (meanwhile !== undefined) return meanwhile;
    const ring = from && this.#ringOf(from, load, running);
    if (ring !== undefined) return failed(ring, 0);
    const flight = running ?? this.#takeOff(load, { parent: from });
    if (running !== undefined) this.#counts.joined(category, key);
    const joinedAt = this.#tags.now;
    from?.startWaiting(flight.node);
    const landing = await waitFor(flight, plan, this.#clock);
    from?.stopWaiting(flight.node);
    if ('reason' in landing) return failed(landing.reason, performance.now() - started);
    if (!('outcome' in landing)) {
      return oldOutcome(landing.old, this.#clock.now(), performance.now() - started);
    }
    if (running === undefined) return this.#answer(category, key, plan, landing);
    const { outcome, overtaken } = landing;
    // Which invalidation came first is not known: any before the joining may have been of the tag.
    const isOlder = overtaken && joinedAt !== flight.fence.startedAt;
    const isTooOld =
      outcome.ok &&
      outcome.stale &&
      this.#servingOf(category, key, plan, outcome.expiresAt ?? Infinity) === undefined;
    if (isOlder || isTooOld) return this.#again(load, outcome.durationMs);
    return this.#answer(category, key, plan, landing);
  }

  /** The factory's answer with no cache around it. Never rejects. */
  async loadUncached(factory: Factory<unknown>, plan: LoadPlan): Promise<LoadOutcome> {
    const started = performance.now();
    const signal = plan.signal ?? new AbortController().signal;
    try {
      signal.throwIfAborted();
      const value = await factory(contextFor({}, { signal }));
      return loaded(value, performance.now() - started, undefined);
    } catch (thrown) {
      return failed(thrown, performance.now() - started);
    }
  }

  /** Whether a load of the key is under way. */
  loading(category: Category, key: string): boolean {
    return this.#flights.get(category)?.has(key) === true;
  }

  /** What memory has that is past its time, if it may be served without waiting for anything. */
  serveOld(
    category: Category,
    key: string,
    factory: Factory<unknown>,
    plan: LoadPlan,
  ): LoadedValue | undefined {
    if (plan.staleness.keptMs === 0 || plan.forceRefresh || !plan.selection.memory)
      return undefined;
    const entry = category.memory.findStale(key, true);
    if (entry === undefined) return undefined;
    const serving = this.#servingOf(category, key, plan, entry.expiresAt);
    if (serving === undefined) return undefined;
    if (serving === 'stale, and renew') this.renew('revalidate', category, key, factory, plan);
    return oldOutcome({ ...entry, source: 'memory' }, this.#clock.now());
  }

  /** Loads a key once more, with nobody waiting, unless it is being loaded or has just failed. */
  renew(
    reason: BackgroundReason,
    category: Category,
    key: string,
    factory: Factory<unknown>,
    plan: LoadPlan,
    old?: OldValue,
  ): void {
    if (this.#joinable(category, key) !== undefined) return;
    if (this.#pauses.isOn(category, key, this.#clock.now())) return;
    this.#background.start(reason, category, key, () => {
      if (this.#joinable(category, key) !== undefined) return undefined;
      return this.#renewNow(reason, { category, key, factory, plan }, old);
    });
  }

  /** A read that found something fresh: late in its life, it has it renewed. */
  refreshAhead(category: Category, key: string, factory: Factory<unknown>, plan: LoadPlan): void {
    const { memory } = category;
    memory.keepBirths();
    const entry = memory.findStale(key);
    if (entry === undefined || !this.#isLate(plan, entry.expiresAt, entry.bornAt)) return;
    this.renew('refreshAhead', category, key, factory, plan);
  }

  /**
   * Runs a function that may be synchronous: its value is stored and returned as it is. If it turns
   * out to give a promise, that becomes a load like any other, under the fence opened before the call.
   */
  loadSync(
    category: Category,
    key: string,
    run: () => unknown,
    plan: LoadPlan,
    isSynchronous: boolean,
  ): unknown {
    plan.signal?.throwIfAborted();
    const parent = this.#rings.current;
    const ring = parent && this.#rings.closedByStart(parent, category, key);
    if (ring !== undefined) throw ring;
    const node = new LoadNode(category, key, parent);
    if (this.loading(category, key)) category.fences.breakKey(key);
    const start = startLoad(this.#stack, category, key, plan.selection);
    const started = performance.now();
    let value: unknown;
    try {
      value = isSynchronous ? this.#rings.runSync(node, run) : this.#rings.run(node, run);
    } catch (thrown) {
      if (!isSynchronous) this.#rings.ended();
      return this.#failedSync({ category, key, factory: run, plan }, start, thrown, started, node);
    }
    if (isThenable(value)) {
      const promised = value;
      const load = { category, key, factory: () => promised, plan };
      const flight = this.#takeOff(load, { start, node });
      if (!isSynchronous) this.#rings.ended();
      parent?.startWaiting(node);
      return waitFor(flight, plan, this.#clock).then((landing) => {
        parent?.stopWaiting(node);
        if ('reason' in landing) throw landing.reason;
        if (!('outcome' in landing)) return landing.old.value;
        return valueOf(this.#answer(category, key, plan, landing));
      });
    }
    if (!isSynchronous) this.#rings.ended();
    node.end();
    const durationMs = performance.now() - started;
    const { stored } = this.#keeping.store(category, key, value, plan, {}, start);
    start.fence.close();
    this.#counts.ran(category, key, loaded(value, durationMs, undefined), stored);
    return value;
  }

  statsOf(category: Category): Readonly<LoadStats> {
    return this.#counts.of(category);
  }

  /** Ends what runs in the background. */
  close(): Promise<void> {
    return this.#background.close();
  }

  #takeOff(load: Load, circumstances: Circumstances = {}): Flight {
    const { category, key, plan } = load;
    const { parent, start: opened, background = false } = circumstances;
    const { node = new LoadNode(category, key, parent) } = circumstances;
    const flights = this.#flightsOf(category);
    // An older flight must not store its value over this one's, whatever its tags turn out to be.
    if (flights.has(key) && opened === undefined) category.fences.breakKey(key);
    const start = opened ?? startLoad(this.#stack, category, key, plan.selection);
    const flight = new Flight({ node, fence: start.fence, tags: staticTags(plan), background });
    const present = plan.selection.memory ? category.memory.findStale(key) : undefined;
    flight.old = present === undefined ? circumstances.old : { ...present, source: 'memory' };
    if (plan.refreshAhead !== undefined) category.memory.keepBirths();
    // Before the factory runs: what it calls must find the flight.
    flights.set(key, flight);
    const leave = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
      start.fence.close();
    };
    void this.#fly(load, flight, start, leave).then((landing) => flight.land(landing));
    return flight;
  }

  async #fly(load: Load, flight: Flight, start: LoadStart, leave: () => void): Promise<Landing> {
    const { category, key, factory, plan } = load;
    const { selection, staleness, forceRefresh } = plan;
    const { fence } = start;
    const started = performance.now();
    const land = (below: FoundBelow, since: Fence): Landing => {
      const overtaken = this.#keeping.isOvertaken(below.tags, since);
      leave();
      const { value, source, expiresAt, stale } = below.hit;
      const durationMs = performance.now() - started;
      return { outcome: { ok: true, value, source, durationMs, expiresAt, stale }, overtaken };
    };
    const lacksOld = staleness.keptMs > 0 && flight.old === undefined;
    if (selection.lower.length > 0 && (!forceRefresh || lacksOld)) {
      const wanted = { stale: lacksOld };
      const below = await this.#stack.readBelow(category, key, selection, fence, wanted);
      if ('hit' in below) {
        const { value, source, stale, expiresAt = Infinity } = below.hit;
        flight.old = { value, source, expiresAt, tags: below.tags };
        if (!stale && !forceRefresh) {
          const landing = land(below, fence);
          if (this.#isLate(plan, expiresAt, below.bornAt)) {
            this.renew('refreshAhead', category, key, factory, plan, flight.old);
          }
          return landing;
        }
        const serving =
          forceRefresh || flight.background
            ? undefined
            : this.#servingOf(category, key, plan, expiresAt);
        if (serving !== undefined) {
          const landing = land(below, fence);
          if (serving === 'stale, and renew') {
            this.renew('revalidate', category, key, factory, plan, flight.old);
          }
          return landing;
        }
      }
    }
    if (plan.lock !== 'machine') return this.#run(load, flight, start, leave);
    const {
      start: turn,
      below,
      lease,
    } = await this.#stack.track(takeTurn(this.#stack, category, key, plan));
    try {
      if (below !== undefined) return land(below, turn.fence);
      return await this.#run(load, flight, turn, leave, lease);
    } finally {
      turn.fence.close();
    }
  }

  async #run(
    load: Load,
    flight: Flight,
    start: LoadStart,
    leave: () => void,
    lease?: TierLease,
  ): Promise<Landing> {
    const { category, key, plan } = load;
    const wishes: FactoryWishes = {};
    const asked = performance.now();
    let outcome: LoadOutcome;
    let kept: Kept | undefined;
    const isWanted = !flight.aborted;
    try {
      flight.throwIfAborted();
      const value = await this.#ask(load, flight, wishes);
      kept = this.#keeping.store(category, key, value, plan, wishes, start);
      outcome = loaded(value, performance.now() - asked, kept.expiresAt);
    } catch (thrown) {
      outcome = failed(thrown, performance.now() - asked);
    }
    const old = outcome.ok ? undefined : flight.servable;
    leave();
    if (lease !== undefined) void this.#stack.track(endLease(lease, kept?.written));
    const { stored = false, overtaken = false } = kept ?? {};
    if (isWanted) this.#counts.ran(category, key, outcome, stored);
    return { outcome, overtaken, old };
  }

  /** The factory's answer; a rejection when it has taken too long, or is not wanted any more. */
  async #ask(
    { category, factory, plan }: Load,
    flight: Flight,
    wishes: FactoryWishes,
  ): Promise<unknown> {
    const { hardMs } = plan.patience;
    const cancel = startDeadline(this.#clock, hardMs, !flight.background, () => {
      flight.abort(new CacheTimeoutError(category.name, hardMs));
    });
    try {
      const answer = this.#rings.run(flight.node, () => factory(contextFor(wishes, flight)));
      const isPatient = hardMs === Infinity && plan.signal === undefined && !flight.background;
      return await (isPatient ? answer : flight.unlessAborted(answer));
    } finally {
      this.#rings.ended();
      cancel();
    }
  }

  #renewNow(reason: BackgroundReason, load: Load, old: OldValue | undefined): BackgroundRun {
    const { category, key, factory } = load;
    const { signal: _signal, ...plan } = load.plan;
    let quiet: Promise<unknown> = Promise.resolve();
    const watched: Factory<unknown> = (context) => {
      const answer = factory(context);
      quiet = Promise.resolve(answer).catch(() => {});
      return answer;
    };
    const own: LoadPlan = { ...plan, forceRefresh: reason === 'refreshAhead' };
    const renewal = { category, key, factory: watched, plan: own };
    const flight = this.#takeOff(renewal, { background: true, old });
    const ended = flight.landed.then(({ outcome }) => {
      if (!outcome.ok) this.#pauses.begin(category, key, this.#clock.now());
    });
    return {
      ended,
      quiet: () => ended.then(() => quiet),
      abort: () => flight.abort(new CacheError('CACHE_CLOSED', 'the cache was closed meanwhile')),
    };
  }

  #failedSync(
    { category, key, plan }: Load,
    { fence }: LoadStart,
    thrown: unknown,
    started: number,
    node: LoadNode,
  ): unknown {
    node.end();
    const entry = plan.selection.memory ? category.memory.findStale(key) : undefined;
    const old = entry && fence.joinable(entry.tags) ? entry : undefined;
    fence.close();
    const outcome = failed(thrown, performance.now() - started);
    this.#counts.ran(category, key, outcome, false);
    const landing: Landing = {
      outcome,
      overtaken: false,
      old: old && { ...old, source: 'memory' },
    };
    return valueOf(this.#answer(category, key, plan, landing));
  }

  /** The outcome; of a failure something old, if that may be served instead. */
  #answer(
    category: Category,
    key: string,
    { staleness }: LoadPlan,
    { outcome, old }: Landing,
  ): LoadOutcome {
    if (outcome.ok || old === undefined || staleness.errorMs === 0) return outcome;
    const now = this.#clock.now();
    if (now >= old.expiresAt + staleness.errorMs) return outcome;
    this.#pauses.begin(category, key, now);
    return oldOutcome(old, now, outcome.durationMs);
  }

  /** A caller that cannot take what it has waited for has another try. */
  async #again(load: Load, durationMs: number | undefined): Promise<LoadOutcome> {
    const { category, key, factory, plan } = load;
    const { memory } = category;
    const slot = plan.selection.memory ? memory.find(key) : NOT_FOUND;
    if (slot === NOT_FOUND) return this.load(category, key, factory, plan);
    const value = memory.valueAt(slot);
    return { ...loaded(value, durationMs, memory.expiryAt(slot)), source: 'memory' };
  }

  #servingOf(
    category: Category,
    key: string,
    { staleness }: LoadPlan,
    expiresAt: number,
  ): Serving | undefined {
    const now = this.#clock.now();
    const age = now - expiresAt;
    if (age < 0) return 'fresh';
    if (this.#pauses.isOn(category, key, now)) return age < staleness.keptMs ? 'stale' : undefined;
    return age < staleness.revalidateMs ? 'stale, and renew' : undefined;
  }

  /** What a flight is to replace, for a caller that need not wait for it. */
  #servedOf({ servable }: Flight, { category, key, plan }: Load): LoadedValue | undefined {
    if (servable === undefined) return undefined;
    const serving = this.#servingOf(category, key, plan, servable.expiresAt);
    return serving && oldOutcome(servable, this.#clock.now());
  }

  /** Whether a fresh value is so late in its life that it is to be renewed. */
  #isLate(plan: LoadPlan, expiresAt: number, bornAt: number): boolean {
    if (plan.refreshAhead === undefined) return false;
    const lifetime = bornAt > 0 ? expiresAt - bornAt : plannedMs(plan);
    if (lifetime === 0) return false;
    return this.#clock.now() - (expiresAt - lifetime) >= plan.refreshAhead * lifetime;
  }

  #ringOf(from: LoadNode, { category, key }: Load, running: Flight | undefined): Error | undefined {
    return running === undefined
      ? this.#rings.closedByStart(from, category, key)
      : this.#rings.closedByWaiting(from, running.node);
  }

  #joinable(category: Category, key: string): Flight | undefined {
    const flight = this.#flights.get(category)?.get(key);
    return flight?.joinable === true ? flight : undefined;
  }

  #flightsOf(category: Category): Map<string, Flight> {
    let flights = this.#flights.get(category);
    if (flights === undefined) this.#flights.set(category, (flights = new Map()));
    return flights;
  }
}

/** Something old as the outcome of a load. */
function oldOutcome(
  { value, source, expiresAt }: OldValue,
  now: number,
  durationMs?: number,
): LoadedValue {
  return { ok: true, value, source, durationMs, expiresAt, stale: expiresAt <= now };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
