import type { CachedMethod } from '../cached-method.js';
import type { HttpExchange, HttpRequest } from './http-exchange.js';
import { CUSTOM_ROUTE_ARGS, PARAM, type RouteArgument, routeArgumentsOf } from './nest-metadata.js';
import { cookiesOf } from './request-cookies.js';

type Read = (exchange: HttpExchange) => unknown;

/**
 * The arguments of a handler as the client sent them. An interceptor runs before the pipes, so
 * this is all there is when the key is made; Nest computes them by the same table right after.
 */
export class SentArguments {
  readonly #reads: readonly (Read | undefined)[];

  constructor(method: CachedMethod, controller: object) {
    const reads: (Read | undefined)[] = [];
    for (const [key, argument] of Object.entries(
      routeArgumentsOf(controller, method.propertyKey),
    )) {
      reads[argument.index] = readerOf(key, argument);
    }
    // A parameter without a decorator gets `undefined` from Nest too.
    this.#reads = Array.from(reads);
  }

  /** @throws for an argument that nobody can know before the handler runs */
  async of(exchange: HttpExchange): Promise<unknown[]> {
    const read = this.#reads.map((one) => one?.(exchange));
    const isResponse = (at: number): boolean => this.#reads[at] === responseOf;
    // Fastify's is a thenable that waits until it is sent.
    const others = await Promise.all(read.map((value, at) => (isResponse(at) ? undefined : value)));
    return others.map((value, at) => (isResponse(at) ? read[at] : value));
  }
}

function readerOf(key: string, { data, factory }: RouteArgument): Read {
  if (key.includes(CUSTOM_ROUTE_ARGS)) {
    return ({ context }) => (typeof factory === 'function' ? factory(data, context) : null);
  }
  const type = Number(key.split(':')[0]);
  const name = typeof data === 'string' && data !== '' ? data : undefined;
  switch (type) {
    case PARAM.request:
      return ({ request }) => request;
    case PARAM.response:
      return responseOf;
    case PARAM.next:
      return ({ context }) => context.switchToHttp().getNext<unknown>();
    case PARAM.body:
      return property('body', name);
    case PARAM.rawBody:
      return property('rawBody');
    case PARAM.query:
      return property('query', name);
    case PARAM.param:
      return property('params', name);
    case PARAM.headers:
      return property('headers', name?.toLowerCase());
    case PARAM.host:
      return property('hosts', name);
    case PARAM.session:
      return property('session');
    case PARAM.ip:
      return property('ip');
    case PARAM.file:
      return property(name ?? 'file');
    case PARAM.files:
      return property('files');
    case PARAM.cookies:
      return ({ request }) => pick(cookiesOf(request), name);
    default:
      return () => {
        // To guess `undefined` would give all callers one key.
        throw new Error(`an argument of the kind ${type} is not known before the handler runs`);
      };
  }
}

function responseOf({ context }: HttpExchange): unknown {
  return context.switchToHttp().getResponse<unknown>();
}

function property(of: string, name?: string): Read {
  return ({ request }) => pick((request as HttpRequest)[of], name);
}

function pick(value: unknown, name: string | undefined): unknown {
  if (name === undefined) return value;
  return (value as Record<string, unknown> | null | undefined)?.[name];
}
