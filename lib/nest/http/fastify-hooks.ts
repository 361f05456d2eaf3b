const CONTEXT = 'fastify.context';

/** By the prototype of the replies; none where it is not found. */
const symbols = new WeakMap<object, symbol | undefined>();

/**
 * Whether a hook of the route's may set headers when a reply is sent. Fastify does not tell; where its own
 * note is not found, there may be one.
 */
export function mayHaveSendHooks(reply: object): boolean {
  const prototype = Object.getPrototypeOf(reply) as object;
  if (!symbols.has(prototype)) symbols.set(prototype, contextSymbolOf(prototype));
  const symbol = symbols.get(prototype);
  if (symbol === undefined) return true;
  const context = (reply as Record<symbol, { onSend?: unknown } | undefined>)[symbol];
  return context?.onSend !== null;
}

function contextSymbolOf(prototype: object): symbol | undefined {
  let at: object | null = prototype;
  while (at !== null) {
    const found = Object.getOwnPropertySymbols(at).find(
      ({ description }) => description === CONTEXT,
    );
    if (found !== undefined) return found;
    at = Object.getPrototypeOf(at) as object | null;
  }
  return undefined;
}
