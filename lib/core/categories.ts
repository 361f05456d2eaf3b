import { checkOneTierNames, checkOptionNames } from './call-options.js';
import type { AddressOptions, TierAddressOptions, TierName } from './model/options.js';
import type { ResolvedOptions } from './model/resolved-options.js';
import { DEFAULT_CATEGORY } from './model/store-key.js';
import { CacheOptionsError, describe } from './primitives/errors.js';
import type { Category } from './stack/category.js';

const MANY = 1000;

/**
 * The categories of one cache, each made when it is first named. They are few by design, each with
 * limits and statistics of its own; what varies by user or request belongs in the key, and a cache
 * that sees a thousand names says so once.
 */
export class Categories {
  readonly default: Category;
  readonly #byName = new Map<string, Category>();
  readonly #make: (name: string) => Category;
  readonly #options: ResolvedOptions;

  constructor(options: ResolvedOptions, make: (name: string) => Category) {
    this.#options = options;
    this.#make = make;
    this.default = this.of(DEFAULT_CATEGORY);
  }

  /** @throws CacheOptionsError for a name that is not a string */
  of(name: string = DEFAULT_CATEGORY): Category {
    return this.#byName.get(name) ?? this.#create(name);
  }

  /** The category that a call names, or the default one. The hot path: most calls name none. */
  at(options: { category?: string | undefined } | undefined): Category {
    const name = options?.category;
    return name === undefined ? this.default : this.of(name);
  }

  /** As `at`, where options are looked at as well. @throws CacheOptionsError for names that no option has */
  checkedAt(options: AddressOptions | undefined): Category {
    if (options === undefined) return this.default;
    checkOptionNames(options);
    return this.of(options.category);
  }

  /** As `checkedAt`, of a call to one tier by itself. @throws CacheOptionsError for other tiers, too */
  checkedIn(tier: TierName, options: TierAddressOptions | undefined): Category {
    if (options === undefined) return this.default;
    checkOneTierNames(options, tier);
    return this.of(options.category);
  }

  [Symbol.iterator](): Iterator<Category> {
    return this.#byName.values();
  }

  #create(name: string): Category {
    if (typeof name !== 'string') throw new CacheOptionsError('category', name, 'a string');
    const category = this.#make(name);
    this.#byName.set(name, category);
    if (this.#byName.size === MANY) {
      this.#options.logger.warn(
        `${MANY} cache categories, the last of them ${describe(name)}: each has limits of its own ` +
          '(maxEntriesPerCategory and others) and stays until the cache is closed. Put what varies into the key, ' +
          'not into category, and a tag on what is to be removed together.',
      );
    }
    return category;
  }
}
