import type { Observable, Subscriber, Subscription } from 'rxjs';
import type { LoadContext } from '../../core/model/options.js';

/**
 * Hands what a method emits on to its caller, and finds out whether it was one value. The caller may be
 * served something else and leave before the end; without a caller it only finds out.
 */
export class Relay {
  readonly #source: Observable<unknown>;
  #caller: Subscriber<unknown> | undefined;
  #emitted = 0;
  /** How the method has ended: told to the caller when the load has, so that it finds the value kept. */
  #end: ((caller: Subscriber<unknown>) => void) | undefined;
  #loaded = false;

  constructor(source: Observable<unknown>, caller?: Subscriber<unknown>) {
    this.#source = source;
    this.#caller = caller;
  }

  /** Hands on, for nobody else to share. */
  passOn(): void {
    const caller = this.#caller!;
    caller.add(this.#source.subscribe(caller));
  }

  /** Another value in place of what the method emits, if it has not emitted anything yet. */
  serve(value: unknown): void {
    if (this.#emitted > 0) return this.finish(undefined);
    const caller = this.#caller;
    // Before it is told: its leaving does not end a load that goes on without it.
    this.#caller = undefined;
    caller?.next(value);
    caller?.complete();
  }

  /** The load is over: the caller may be told of the method's end, when that comes. */
  finish(error: Error | undefined): void {
    this.#loaded = true;
    const caller = this.#caller;
    if (caller === undefined) return;
    if (this.#end !== undefined) this.#end(caller);
    else if (error !== undefined && this.#emitted === 0) caller.error(error);
  }

  /** Hands on. @returns the one value, once it is known to have been the only one; undefined if it is not */
  only(context: LoadContext): Promise<{ only: unknown } | undefined> {
    return new Promise((resolve, reject) => {
      let last: unknown;
      let subscription: Subscription | undefined = undefined;
      const keepNothing = (): void => {
        context.skip();
        resolve(undefined);
      };
      const end = (how: (caller: Subscriber<unknown>) => void): void => {
        this.#end = how;
        if (this.#loaded && this.#caller !== undefined) how(this.#caller);
      };
      subscription = this.#source.subscribe({
        next: (value) => {
          last = value;
          if (++this.#emitted > 1) {
            keepNothing();
            // Nobody listens to the rest.
            if (this.#caller === undefined) subscription?.unsubscribe();
          }
          this.#caller?.next(value);
        },
        error: (error: unknown) => {
          reject(error as Error);
          end((caller) => caller.error(error));
        },
        complete: () => {
          if (this.#emitted === 1) resolve({ only: last });
          else keepNothing();
          end((caller) => caller.complete());
        },
      });
      // Once it has answered, the load's timeout ends the load, not what the caller still listens to.
      context.signal.addEventListener('abort', () => {
        if (this.#emitted === 0 || this.#caller === undefined) subscription?.unsubscribe();
        keepNothing();
      });
      this.#caller?.add(() => {
        if (this.#caller === undefined) return;
        subscription?.unsubscribe();
        keepNothing();
      });
    });
  }
}
