import type { LoadContext } from '../model/options.js';
import { checkTtl, type Ttl } from '../primitives/ttl.js';
import { checkTags } from '../primitives/tag-list.js';

/** What the factory asked for while it ran. */
export interface FactoryWishes {
  ttl?: Ttl;
  tags?: readonly string[];
  skip?: boolean;
}

/** The context through which a factory states its wishes. */
export function contextFor(wishes: FactoryWishes): LoadContext {
  return {
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
