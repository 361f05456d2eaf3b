import type { LoadContext } from '../model/options.js';
import { checkTtl, type Ttl } from '../primitives/ttl.js';
import { ownTags } from '../primitives/tag-list.js';

/** What the factory asked for while it ran. */
export interface FactoryWishes {
  ttl?: Ttl;
  tags?: readonly string[];
  skip?: boolean;
  /** Called when nobody can join the load any more, with whether its value was kept. */
  whenOver?: WhenOver;
  /** Of a failure that is an answer: nothing old is handed over in its place. */
  failure?: AnsweringFailure;
}

/** What a failure says of what was there. */
export interface AnsweringFailure {
  /** Whether that is to be removed, fresh or stale. */
  readonly endsOld: boolean;
}

export type WhenOver = (isKept: boolean) => void;

/** What the load of a factory knows. */
export interface LoadSituation {
  readonly signal: AbortSignal;
  /** What it is to replace, if nothing has ended that since. */
  readonly servable?: { readonly value: unknown } | undefined;
}

/**
 * The context through which one run of a factory states its wishes, and learns of its load. Its methods may be taken
 * out of it. The getters are a class's: in a literal they would give each context a shape of its own.
 */
export class FactoryContext implements LoadContext {
  readonly #wishes: FactoryWishes;
  readonly #situation: LoadSituation;
  readonly setTtl: LoadContext['setTtl'];
  readonly setTags: LoadContext['setTags'];
  readonly skip: LoadContext['skip'];

  constructor(wishes: FactoryWishes, situation: LoadSituation) {
    this.#wishes = wishes;
    this.#situation = situation;
    this.setTtl = (ttl) => {
      checkTtl(ttl, 'setTtl');
      wishes.ttl = ttl;
    };
    this.setTags = (tags) => {
      wishes.tags = ownTags(tags, 'setTags');
    };
    this.skip = () => {
      wishes.skip = true;
    };
  }

  static whenOver(context: LoadContext, told: WhenOver): void {
    if (#wishes in context) context.#wishes.whenOver = told;
  }

  static failAsAnswer(context: LoadContext, failure: AnsweringFailure): void {
    if (#wishes in context) context.#wishes.failure = failure;
  }

  get signal(): AbortSignal {
    return this.#situation.signal;
  }

  get stale(): unknown {
    return this.#situation.servable?.value;
  }
}

/**
 * Has a factory told when its load is over. Not called of one that failed, nor of what runs uncached; what `told` throws is the
 * load's failure.
 */
export function whenOver(context: LoadContext, told: WhenOver): void {
  FactoryContext.whenOver(context, told);
}

/**
 * Has what a factory is about to throw handed over to whoever waits, be there something old that could be served: its source is
 * not down, and has said what is so. What runs uncached has nothing old.
 */
export function failAsAnswer(context: LoadContext, failure: AnsweringFailure): void {
  FactoryContext.failAsAnswer(context, failure);
}
