import type { LoadContext } from '../model/options.js';
import { checkTtl, type Ttl } from '../primitives/ttl.js';
import { ownTags } from '../primitives/tag-list.js';

/** What the factory asked for while it ran. */
export interface FactoryWishes {
  ttl?: Ttl;
  tags?: readonly string[];
  skip?: boolean;
}

/** What the load of a factory knows. */
export interface LoadSituation {
  readonly signal: AbortSignal;
  readonly old?: { readonly value: unknown } | undefined;
}

/**
 * The context through which a factory states its wishes, and learns of its load. Its methods may be taken
 * out of it. The getters are a class's: in a literal they would give each context a shape of its own.
 */
class FactoryContext implements LoadContext {
  readonly #situation: LoadSituation;
  readonly setTtl: LoadContext['setTtl'];
  readonly setTags: LoadContext['setTags'];
  readonly skip: LoadContext['skip'];

  constructor(wishes: FactoryWishes, situation: LoadSituation) {
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

  get signal(): AbortSignal {
    return this.#situation.signal;
  }

  get stale(): unknown {
    return this.#situation.old?.value;
  }
}

/** The context of one run of a factory. */
export function contextFor(wishes: FactoryWishes, situation: LoadSituation): LoadContext {
  return new FactoryContext(wishes, situation);
}
