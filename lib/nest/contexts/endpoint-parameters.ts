import type { CachedMethod } from '../cached-method.js';
import type { Method } from '../decorators/method-wrapper.js';
import { CUSTOM_ROUTE_ARGS, type RouteArgument, routeArgumentsOf } from '../http/nest-metadata.js';
import type { EndpointKind, ParameterRole } from './endpoint-kind.js';

/** One decorated parameter. */
export interface EndpointParameter {
  readonly index: number;
  readonly role: ParameterRole;
  /** Nest's number of its decorator; none of a custom one. */
  readonly type?: number;
  /** Whether it is the whole of what its decorator stands for, not one property. */
  readonly isWhole: boolean;
}

/** What the parameters of a resolver or a message's method are to its key. */
export class EndpointParameters {
  /** Empty if none is decorated: Nest then passes all it has, by position. */
  readonly decorated: readonly EndpointParameter[];
  /** Whether the method sees anything of this role. */
  readonly sees: (role: ParameterRole) => boolean;
  readonly #roles: readonly (ParameterRole | undefined)[];

  constructor(method: CachedMethod, kind: EndpointKind) {
    const found = routeArgumentsOf(method.declaringClass, method.propertyKey);
    this.decorated = Object.entries(found).map(([key, argument]) =>
      parameterOf(key, argument, kind),
    );
    if (this.decorated.length === 0) {
      this.#roles = kind.undecorated;
      this.sees = (role) =>
        this.#roles.some((other, index) => other === role && maySee(method.original, index));
    } else {
      const roles: (ParameterRole | undefined)[] = [];
      for (const { index, role } of this.decorated) roles[index] = role;
      this.#roles = roles;
      this.sees = (role) => this.decorated.some((parameter) => parameter.role === role);
    }
  }

  /** The arguments that tell one answer from another. */
  keyed(args: readonly unknown[]): unknown[] {
    return args.filter((_, index) => (this.#roles[index] ?? 'keyed') === 'keyed');
  }
}

function parameterOf(key: string, argument: RouteArgument, kind: EndpointKind): EndpointParameter {
  const { index, data } = argument;
  const isWhole = data === undefined || data === null || data === '';
  // By its value: whatever it reads of the caller is in the key then.
  if (key.includes(CUSTOM_ROUTE_ARGS)) return { index, role: 'keyed', isWhole };
  const type = Number(key.split(':')[0]);
  return { index, role: kind.roles[type] ?? 'unkeyed', type, isWhole };
}

/** Whether a function may read the argument at this place. When in doubt, it may. */
function maySee(fn: Method, index: number): boolean {
  if (fn.length > index) return true;
  const text = Function.prototype.toString.call(fn);
  // A proxy, or a bound function: what is behind it does not show.
  if (text.endsWith('{ [native code] }')) return true;
  const beforeBody = text.slice(0, text.indexOf(')'));
  return beforeBody.includes('=') || /\.\.\.|\barguments\b/.test(text);
}
