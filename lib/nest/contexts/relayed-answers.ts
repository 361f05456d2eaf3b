import { defer, isObservable, mergeMap, Observable, of, type Subscriber } from 'rxjs';
import type { CacheService } from '../../core/cache.service.js';
import type { LoadContext, WrapOptions } from '../../core/model/options.js';

/** What a load gives to the cache when there is not exactly one value to keep. */
const NOT_KEPT = 'nestjs-tiered-cache:not-kept';

/** When to tell the caller that it has all. */
type End = (action: () => void) => void;

/**
 * Answers for methods that give Observables. What the method emits goes on at once, as it comes; it
 * is kept when it turns out to have been one value. Callers do not wait for each other's Observable,
 * which may never end: while one is under way, the others have their own.
 */
export class RelayedAnswers {
  readonly #running = new Set<string>();

  constructor(
    private readonly service: CacheService,
    private readonly options: WrapOptions<unknown>,
  ) {}

  /** The kept value, or what `run` gives. */
  answer(key: string, run: () => unknown): Observable<unknown> {
    return new Observable((subscriber) => {
      if (this.#running.has(key)) {
        subscriber.add(emissionsOf(run).subscribe(subscriber));
        return;
      }
      void this.#ask(key, run, subscriber);
    });
  }

  async #ask(key: string, run: () => unknown, subscriber: Subscriber<unknown>): Promise<void> {
    let relayed = false;
    let loaded = false;
    let finish: (() => void) | undefined;
    // Once it is kept, so that who has seen the end finds the value.
    const end: End = (action) => {
      if (loaded) action();
      else finish = action;
    };
    const load = (context: LoadContext): Promise<unknown> => {
      relayed = true;
      this.#running.add(key);
      return relay(emissionsOf(run), subscriber, context, end);
    };
    const result = await this.service.getOrSet(key, load, this.options);
    if (relayed) {
      this.#running.delete(key);
      loaded = true;
      finish?.();
      return;
    }
    if (result.success && result.value !== NOT_KEPT) {
      subscriber.next(result.value);
      subscriber.complete();
    } else {
      subscriber.add(emissionsOf(run).subscribe(subscriber));
    }
  }
}

/** Whatever a method gave, as the values that Nest would answer with. */
function emissionsOf(run: () => unknown): Observable<unknown> {
  return defer(async () => run()).pipe(
    mergeMap((given) => (isObservable(given) ? given : of(given))),
  );
}

/** Hands everything on. @returns the one value, once it is known to have been the only one */
function relay(
  source: Observable<unknown>,
  subscriber: Subscriber<unknown>,
  context: LoadContext,
  end: End,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let count = 0;
    let only: unknown;
    let settled = false;
    const settle = (how: () => void): void => {
      if (!settled) how();
      settled = true;
    };
    const keepNothing = (): void =>
      settle(() => {
        context.skip();
        resolve(NOT_KEPT);
      });
    const subscription = source.subscribe({
      next: (value) => {
        only = value;
        if (++count > 1) keepNothing();
        subscriber.next(value);
      },
      error: (error: unknown) => {
        settle(() => reject(error as Error));
        end(() => subscriber.error(error));
      },
      complete: () => {
        if (count === 1) settle(() => resolve(only));
        keepNothing();
        end(() => subscriber.complete());
      },
    });
    // The caller left before the end.
    subscriber.add(() => {
      subscription.unsubscribe();
      keepNothing();
    });
  });
}
