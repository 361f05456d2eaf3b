import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

type WriteHead = ServerResponse['writeHead'];

/** What becomes of the headers of a response that goes out. */
export interface LastHeaders {
  /** Whether the response with these headers, by their names in lower case, is for others too. */
  isShareable(headers: Readonly<Record<string, unknown>>): boolean;
  /** What to set where it is not. */
  readonly corrections: OutgoingHttpHeaders;
  /** Called once, when they have gone out; never if the client leaves before. */
  gone(isShareable: boolean): void;
}

/**
 * Looks at the headers of a response as they go out. What sets some at the last moment (a session's
 * cookie by `on-headers`, a hook of Fastify) comes after everything that sees the body.
 */
export function watchLastHeaders(response: ServerResponse, last: LastHeaders): void {
  const before = response.writeHead as (...args: unknown[]) => ServerResponse;
  let isOver = false;
  const end = (given?: OutgoingHttpHeaders): void => {
    if (isOver) return;
    isOver = true;
    response.off('finish', sent);
    response.off('close', sent);
    last.gone(last.isShareable({ ...response.getHeaders(), ...given }));
  };
  // Over HTTP/2 nobody calls `writeHead` for a response that says no more than the headers it was given.
  const sent = (): void => {
    if (response.headersSent) end();
  };
  response.once('finish', sent);
  response.once('close', sent);
  response.writeHead = ((...args: unknown[]) => {
    response.writeHead = before as WriteHead;
    const given = headersIn(args.at(-1));
    if (given === undefined) {
      correctedMeanwhile(response, last, () => before.apply(response, args));
    } else if (last.isShareable({ ...response.getHeaders(), ...given })) {
      before.apply(response, args);
    } else before.apply(response, [...args.slice(0, -1), { ...given, ...last.corrections }]);
    end(given);
    return response;
  }) as WriteHead;
}

/** Headers that are set while others go out are followed by the corrections. */
function correctedMeanwhile(response: ServerResponse, last: LastHeaders, send: () => void): void {
  const set = response.setHeader;
  response.setHeader = (name, value) => {
    set.call(response, name, value);
    if (!last.isShareable(response.getHeaders())) {
      for (const [other, right] of Object.entries(last.corrections)) {
        set.call(response, other, right!);
      }
    }
    return response;
  };
  try {
    send();
  } finally {
    response.setHeader = set;
  }
}

/** Headers as `writeHead` takes them, an object or names and values in turn, by their names in lower case. */
function headersIn(argument: unknown): OutgoingHttpHeaders | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined;
  const entries = Array.isArray(argument)
    ? argument.flatMap((name: string, at) => (at % 2 === 0 ? [[name, argument[at + 1]]] : []))
    : Object.entries(argument as OutgoingHttpHeaders);
  return Object.fromEntries(
    entries.map(([name, value]) => [String(name).toLowerCase(), value]),
  ) as OutgoingHttpHeaders;
}
