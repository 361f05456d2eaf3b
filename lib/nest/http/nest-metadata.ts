// Names under which Nest keeps what its decorators say. Written out, because the module that
// exports them is internal and moved between Nest 11 and 12; the values have not changed since 5.
export const ROUTE_ARGS = '__routeArguments__';
export const CUSTOM_ROUTE_ARGS = '__customRouteArgs__';
export const RESPONSE_PASSTHROUGH = '__responsePassthrough__';
export const RESPONSE_HEADERS = '__headers__';
export const REDIRECT = '__redirect__';
export const RENDER = '__renderTemplate__';
export const SSE = '__sse__';
export const VERSION = '__version__';
export const INTERCEPTORS = '__interceptors__';
/** On the handler of a route. */
export const ROUTE_METHOD = 'method';

/** Nest's `RouteParamtypes`. */
export const PARAM = {
  request: 0,
  response: 1,
  next: 2,
  body: 3,
  query: 4,
  param: 5,
  headers: 6,
  session: 7,
  file: 8,
  files: 9,
  host: 10,
  ip: 11,
  rawBody: 12,
  cookies: 14,
} as const;

/** One decorated parameter of a handler. */
export interface RouteArgument {
  readonly index: number;
  readonly data?: unknown;
  /** Of a custom decorator. */
  readonly factory?: (data: unknown, context: unknown) => unknown;
}

/** The decorated parameters of a handler, under `type:index`. */
export function routeArgumentsOf(
  controller: object,
  propertyKey: string | symbol,
): Record<string, RouteArgument> {
  const found: unknown = Reflect.getMetadata(ROUTE_ARGS, controller, propertyKey);
  return (found as Record<string, RouteArgument> | undefined) ?? {};
}
