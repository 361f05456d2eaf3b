import { AsyncResource } from 'node:async_hooks';
import { types } from 'node:util';
import { concat, defer, finalize, ignoreElements, isObservable, type Observable, tap } from 'rxjs';
import { isThenable } from '../../core/primitives/thenable.js';
import { withSubscription } from './with-subscription.js';

/** What a method has given when it has succeeded. */
export interface Success {
  /** Of an Observable the last one that was taken. */
  readonly value: unknown;
  /** Whether there is none: of an Observable nothing was taken, or it is a generator. */
  readonly isEmpty: boolean;
}

type Effect = (success: Success) => Promise<void>;

/**
 * Runs an effect once a method has succeeded: its promise resolved, its Observable or its generator came to its end, or was
 * left early without having failed, its value returned. Of an Observable or a generator that is promised the end counts.
 * All but a plain value, a synchronous generator and an Observable that is left early wait for the effect.
 *
 * @param effect must not fail
 */
export function afterSuccess(result: unknown, effect: Effect): unknown {
  if (isThenable(result)) {
    // A thenable of its own kind may answer `then` with nothing; a promise stays of its class.
    const promise: Promise<unknown> = result instanceof Promise ? result : Promise.resolve(result);
    return promise.then(async (value) => {
      if (isObservable(value) || types.isGeneratorObject(value)) return whileTaken(value, effect);
      await effect({ value, isEmpty: false });
      return value;
    });
  }
  if (isObservable(result) || types.isGeneratorObject(result)) return whileTaken(result, effect);
  void effect({ value: result, isEmpty: false });
  return result;
}

function whileTaken(values: Observable<unknown> | AnyGenerator, effect: Effect): unknown {
  // Who ends it need not be who has called: another's request may, or a timer.
  const bound = AsyncResource.bind(effect);
  return isObservable(values)
    ? withSubscription(values, observed(values, bound))
    : iterated(values, bound);
}

function observed(values: Observable<unknown>, effect: Effect): Observable<unknown> {
  // Deferred, so that each subscription has a last value of its own.
  return defer(() => {
    let last: Success = { value: undefined, isEmpty: true };
    let isOver = false;
    const end = (): Promise<void> => {
      isOver = true;
      return effect(last);
    };
    const remembered = values.pipe(
      tap({
        next: (value) => (last = { value, isEmpty: false }),
        error: () => (isOver = true),
      }),
    );
    return concat(remembered, defer(end).pipe(ignoreElements())).pipe(
      // Who takes but the first value, as `firstValueFrom` does, leaves before the end; so does a client that goes.
      finalize(() => void (isOver || end())),
    );
  });
}

type AnyGenerator = Generator | AsyncGenerator;

function iterated(generator: AnyGenerator, effect: Effect): AnyGenerator {
  const end = (): Promise<void> => effect({ value: undefined, isEmpty: true });
  return Symbol.asyncIterator in generator
    ? iteratedAsync(generator, end)
    : iteratedSync(generator, end);
}

async function* iteratedAsync(generator: AsyncGenerator, end: () => Promise<void>): AsyncGenerator {
  let failed = false;
  try {
    return (await (yield* generator)) as unknown;
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    if (!failed) await end();
  }
}

function* iteratedSync(generator: Generator, end: () => Promise<void>): Generator {
  let failed = false;
  try {
    return (yield* generator) as unknown;
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    if (!failed) void end();
  }
}
