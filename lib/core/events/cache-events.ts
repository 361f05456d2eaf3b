import type {
  CacheEvent,
  CacheEventMap,
  CacheEventName,
  CacheObserver,
} from '../model/cache-event.js';
import type { CacheLogger } from '../model/logger.js';
import { asError, CacheOptionsError } from '../primitives/errors.js';

/** Ends a subscription. Calling it twice does nothing. */
export type Unsubscribe = () => void;

const NAMES: Record<CacheEventName, true> = {
  hit: true,
  miss: true,
  set: true,
  remove: true,
  load: true,
  loadFailed: true,
  coalesce: true,
  clear: true,
  invalidateTags: true,
  tierFailed: true,
};

type Listener = (event: CacheEvent) => unknown;

/**
 * The stream of what happens in a cache. Costs a boolean's reading while nobody listens. Listeners
 * run synchronously, in the order they came; one that throws is logged and disturbs nobody. Who
 * subscribes while an event is told hears the next.
 *
 * @example
 * const stop = cache.events.on('remove', ({ key, cause }) => log(`${key} left: ${cause}`));
 * cache.events.onAny((event) => metrics.count(event.type));
 */
export class CacheEvents implements CacheObserver {
  listening = false;
  /** A new list at each change: an event is told to those who listened when it came. */
  #listeners: readonly Listener[] = [];
  readonly #logger: CacheLogger;

  constructor(logger: CacheLogger) {
    this.#logger = logger;
  }

  /**
   * Calls the listener for each event of this name.
   *
   * @throws CacheOptionsError for a name that no event has, and for a listener that is no function
   */
  on<Name extends CacheEventName>(
    name: Name,
    listener: (event: { type: Name } & CacheEventMap[Name]) => void,
  ): Unsubscribe {
    if (!Object.hasOwn(NAMES, name)) {
      throw new CacheOptionsError('event', name, `one of ${Object.keys(NAMES).join(', ')}`);
    }
    checkListener(listener);
    return this.onAny((event): unknown =>
      event.type === name
        ? listener(event as unknown as { type: Name } & CacheEventMap[Name])
        : undefined,
    );
  }

  /** Calls the listener for every event. @throws CacheOptionsError for one that is no function */
  onAny(listener: (event: CacheEvent) => void): Unsubscribe {
    checkListener(listener);
    // A wrapper of its own, so that the same function can be subscribed twice.
    const own: Listener = (event) => listener(event);
    this.#listeners = [...this.#listeners, own];
    this.listening = true;
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== own);
      this.listening = this.#listeners.length > 0;
    };
  }

  /** For the parts of the cache. */
  emit(event: CacheEvent): void {
    const listeners = this.#listeners;
    for (const listener of listeners) {
      // An earlier one may have ended its subscription.
      if (listeners !== this.#listeners && !this.#listeners.includes(listener)) continue;
      try {
        const returned: unknown = listener(event);
        // An async function is a listener too; nobody else would catch what it rejects with.
        if (returned instanceof Promise) returned.catch((error) => this.#complain(event, error));
      } catch (error) {
        this.#complain(event, error);
      }
    }
  }

  #complain(event: CacheEvent, error: unknown): void {
    const { message } = asError(error);
    this.#logger.error(`A listener to the cache's ${event.type} events threw: ${message}`);
  }
}

function checkListener(listener: unknown): void {
  if (typeof listener !== 'function')
    throw new CacheOptionsError('listener', listener, 'a function');
}
