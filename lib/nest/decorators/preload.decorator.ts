import { CacheOptionsError } from '../../core/primitives/errors.js';
import { checkAll, checkBoolean, checkEntries, objectOf } from '../../core/option-checks.js';
import { decoratedMethod, type Method } from './method-wrapper.js';
import { showOnOutermost } from './outermost-method.js';

const PRELOADED = 'nestjs-tiered-cache:preloaded';

/** The arguments of some calls, a list for each. */
export type ArgumentLists = readonly (readonly unknown[])[];

/** Options of `@Preload`. Each can be left out. */
export interface PreloadDecoratorOptions {
  /**
   * What to call the method with: a list of arguments for each call, or a function that gives them when the
   * application has booted, of the instance, and may be asynchronous. @default one call without arguments
   */
  args?: ArgumentLists | ((instance: never) => ArgumentLists | Promise<ArgumentLists>) | undefined;
  /** Calls at a time. @default 4 */
  concurrency?: number | undefined;
  /**
   * The application starts to listen, or a lazily loaded module has been loaded, only when all calls have ended, failed
   * ones too. @default false
   */
  wait?: boolean | undefined;
}

/** A method to call at boot. */
export class PreloadedMethod {
  constructor(
    readonly propertyKey: string | symbol,
    readonly options: PreloadDecoratorOptions,
  ) {}

  /** What `@Preload` left on a function, or on one it wraps and whose metadata it shows. */
  static of(method: object): PreloadedMethod | undefined {
    const left: unknown = Reflect.getMetadata(PRELOADED, method);
    return left instanceof PreloadedMethod ? left : undefined;
  }

  /** @throws CacheOptionsError naming the option under `where` */
  check(where: string): void {
    checkAll(
      this.options,
      { args: checkArguments, concurrency: checkEntries, wait: checkBoolean },
      where,
    );
  }
}

/**
 * Fills the cache of a `@Cached` method when the application has booted, or has loaded its module lazily, by
 * calling it. What fails is logged, and the application starts all the same. For methods of singletons that
 * no request is needed for: not for routes, resolvers and message handlers.
 *
 * @throws CacheOptionsError when the application boots, where it cannot be done
 * @example
 * @Preload({ args: [['AAPL'], ['MSFT']] })
 * @Cached('30m')
 * async quote(ticker: string): Promise<Quote> { ... }
 */
export function Preload(options: PreloadDecoratorOptions = {}): MethodDecorator {
  const decorate = (
    target: object,
    propertyKey: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    const method = decoratedMethod(target, propertyKey, descriptor, '@Preload');
    objectOf(options, `${target.constructor.name}.${String(propertyKey)} @Preload`);
    Reflect.defineMetadata(PRELOADED, new PreloadedMethod(propertyKey, { ...options }), method);
    showOnOutermost(target, propertyKey, method, PRELOADED);
  };
  return decorate as MethodDecorator;
}

/** @throws CacheOptionsError unless it is a list of lists */
export function checkArgumentLists(lists: unknown, option: string): asserts lists is ArgumentLists {
  if (Array.isArray(lists) && lists.every((list) => Array.isArray(list))) return;
  throw new CacheOptionsError(
    option,
    lists,
    "a list of argument lists, such as [['AAPL'], ['MSFT']]",
  );
}

function checkArguments(args: unknown, option: string): void {
  if (typeof args !== 'function') checkArgumentLists(args, option);
}
