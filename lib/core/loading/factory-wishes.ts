import type { LoadContext } from '../model/options.js';
import { checkTtl, type Ttl } from '../primitives/ttl.js';
import { checkTags } from '../primitives/tag-list.js';

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

/** The context through which a factory states its wishes, and learns of its load. */
export function contextFor(wishes: FactoryWishes, situation: LoadSituation): LoadContext {
  return {
    get signal() {
      return situation.signal;
    },
    get stale() {
      return situation.old?.value;
    },
    setTtl: (ttl) => {
      checkTtl(ttl, 'setTtl');
      wishes.ttl = ttl;
    },
    setTags: (tags) => {
      checkTags(tags, 'setTags');
      wishes.tags = tags;
    },
    skip: () => {
      wishes.skip = true;
    },
  };
}
