import { defer, isObservable, mergeMap, Observable, of } from 'rxjs';
import type { CacheService } from '../../core/cache.service.js';
import type { LoadContext, WrapOptions } from '../../core/model/options.js';
import { KeyCounts } from '../../core/primitives/key-counts.js';
import { Relay } from './relay.js';

/**
 * What a load gives to the cache when there is not exactly one value to keep. An iterator, as these are for one reader:
 * whoever has waited for it under the same key is not given it, and has his own.
 */
const NOT_KEPT = [].values();

/**
 * Answers for methods that give Observables. What the method emits goes on at once, as it comes; it
 * is kept when it turns out to have been one value. Callers do not wait for each other's Observable,
 * which may never end: while one is under way, the others are served what is there, or have their own.
 *
 * What is stale is served as by other loads; a renewal in the background is told to nobody.
 */
export class RelayedAnswers {
  readonly #running = new KeyCounts();

  constructor(
    private readonly service: CacheService,
    private readonly options: WrapOptions,
  ) {}

  /** The kept value, or what `run` gives. */
  answer(key: string, run: () => unknown): Observable<unknown> {
    return new Observable((subscriber) => {
      const relay = new Relay(emissionsOf(run), subscriber);
      const renewal = this.#renewal(key, run);
      if (this.#running.has(key)) {
        const found = this.service.getAtOnce(key, renewal, this.options);
        if (found !== undefined) relay.serve(found.value);
        else relay.passOn();
        return;
      }
      void this.#ask(key, relay, renewal);
    });
  }

  async #ask(
    key: string,
    relay: Relay,
    renewal: (context: LoadContext) => Promise<unknown>,
  ): Promise<void> {
    let relayed = false;
    const load = async (context: LoadContext): Promise<unknown> => {
      relayed = true;
      return this.#whileRunning(key, relay.only(context));
    };
    const result = await this.service.getOrRelay(key, load, renewal, this.options);
    const isOld = result.success && result.source !== 'function';
    if (relayed && !isOld) {
      // The load may have failed before its method did: by its hardTimeout.
      relay.finish(result.success ? undefined : result.error);
    } else if (result.success) relay.serve(result.value);
    else relay.passOn();
  }

  /** A load that nobody listens to. */
  #renewal(key: string, run: () => unknown): (context: LoadContext) => Promise<unknown> {
    return async (context) => this.#whileRunning(key, new Relay(emissionsOf(run)).only(context));
  }

  async #whileRunning(
    key: string,
    answer: Promise<{ only: unknown } | undefined>,
  ): Promise<unknown> {
    this.#running.enter(key);
    try {
      const found = await answer;
      return found === undefined ? NOT_KEPT : found.only;
    } finally {
      this.#running.leave(key);
    }
  }
}

/** Whatever a method gave, as the values that Nest would answer with. */
function emissionsOf(run: () => unknown): Observable<unknown> {
  return defer(async () => run()).pipe(
    mergeMap((given) => (isObservable(given) ? given : of(given))),
  );
}
