import type { ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from '../http/http-exchange.js';

type Headers = HttpRequest['headers'];

interface Carrier {
  readonly headers?: unknown;
  readonly req?: Carrier;
  readonly request?: Carrier;
  readonly reply?: { readonly request?: Carrier };
  readonly handshake?: Carrier;
}

/**
 * The HTTP headers behind a call, where they can be found: those of the request in a GraphQL
 * context, as Apollo and Mercurius put it there, and those of the handshake of Socket.IO.
 */
export function headersBehind(context: ExecutionContext): Headers | undefined {
  const args: unknown[] = context.getArgs();
  switch (context.getType<string>()) {
    case 'graphql': {
      // A reference's resolver has no arguments before the context.
      const own = (args.length === 3 ? args[1] : args[2]) as Carrier | null | undefined;
      return headersOf(own?.req ?? own?.request ?? own?.reply?.request);
    }
    case 'ws':
      return headersOf((args[0] as Carrier | undefined)?.handshake);
    default:
      return undefined;
  }
}

function headersOf(carrier: Carrier | undefined): Headers | undefined {
  const headers = carrier?.headers;
  return typeof headers === 'object' && headers !== null ? (headers as Headers) : undefined;
}
