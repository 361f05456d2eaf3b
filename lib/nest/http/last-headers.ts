import { type OutgoingHttpHeaders, ServerResponse } from 'node:http';

type WriteHead = ServerResponse['writeHead'];

/** The methods as Node has them. */
const NODE = ((): Pick<ServerResponse, 'writeHead' | 'write' | 'end'> => {
  const { writeHead, write, end } = ServerResponse.prototype;
  return { writeHead, write, end };
})();

export type ReadHeader = (name: string) => unknown;

/** What is to hold for the headers of a response that goes out. */
export interface LastHeaders {
  /** Whether they may go out as they are. @param header reads one, by its name in lower case */
  isRight(header: ReadHeader): boolean;
  /** What to set where they may not. */
  readonly corrections: OutgoingHttpHeaders;
}

/**
 * Looks at the headers of a response as they go out. What sets some at the last moment (a session's
 * cookie by `on-headers`, a hook of Fastify) comes after everything that sees the body.
 *
 * @param gone called once, when they have gone out, be it to a client that has left; never if it leaves before that
 */
export function watchLastHeaders(
  response: ServerResponse,
  last: LastHeaders,
  gone: (isRight: boolean) => void,
): void {
  let isOver = false;
  const end = (given?: unknown): void => {
    if (isOver) return;
    isOver = true;
    response.off('finish', sent);
    response.off('close', sent);
    gone(last.isRight((name) => headerIn(given, name) ?? response.getHeader(name)));
  };
  // Over HTTP/2 nobody calls `writeHead` for a response that says no more than the headers it was given.
  const sent = (): void => {
    if (response.headersSent) end();
  };
  response.once('finish', sent);
  response.once('close', sent);
  correctLastHeaders(response, last, end);
  if (!response.destroyed) return;
  process.nextTick(() => {
    if (!isOver && response.writableEnded) makeForNobody(response);
  });
}

/** For a client that has left, Node makes no headers, nor asks those who set some as they go out. */
function makeForNobody(response: ServerResponse): void {
  try {
    response.writeHead(response.statusCode);
  } catch {
    // Somebody who sets some failed, as he would have for a client: there are none.
  }
}

/** As `watchLastHeaders`, where nobody waits for the end. @param gone is given what `writeHead` was */
export function correctLastHeaders(
  response: ServerResponse,
  last: LastHeaders,
  gone?: (given: unknown) => void,
): void {
  const before = response.writeHead as (...args: unknown[]) => ServerResponse;
  response.writeHead = ((...args: unknown[]) => {
    response.writeHead = before as WriteHead;
    const given = args.at(-1);
    if (typeof given !== 'object' || given === null) {
      correctedMeanwhile(response, last, () => before.apply(response, args));
      gone?.(undefined);
    } else if (last.isRight((name) => headerIn(given, name) ?? response.getHeader(name))) {
      before.apply(response, args);
      gone?.(given);
    } else {
      before.apply(response, [...args.slice(0, -1), { ...entriesOf(given), ...last.corrections }]);
      gone?.(given);
    }
    return response;
  }) as WriteHead;
}

/** Whether anybody but Node has a hand in what this response sends. */
export function isTouched({ writeHead, write, end }: ServerResponse): boolean {
  return writeHead !== NODE.writeHead || write !== NODE.write || end !== NODE.end;
}

/** Headers that are set while others go out are followed by the corrections. */
function correctedMeanwhile(response: ServerResponse, last: LastHeaders, send: () => void): void {
  const set = response.setHeader;
  response.setHeader = (name, value) => {
    set.call(response, name, value);
    if (!last.isRight((other) => response.getHeader(other))) {
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

/** One header of those that `writeHead` was given, an object or names and values in turn. */
function headerIn(given: unknown, name: string): unknown {
  if (typeof given !== 'object' || given === null) return undefined;
  if (!Array.isArray(given) && name in given) return (given as OutgoingHttpHeaders)[name];
  const isIt = (other: unknown): boolean =>
    String(other).length === name.length && String(other).toLowerCase() === name;
  if (Array.isArray(given)) {
    const at = given.findIndex((other, place) => place % 2 === 0 && isIt(other));
    return at < 0 ? undefined : given[at + 1];
  }
  for (const other in given) if (isIt(other)) return (given as OutgoingHttpHeaders)[other];
  return undefined;
}

/** All of them, by their names in lower case. */
function entriesOf(given: object): OutgoingHttpHeaders {
  const entries = Array.isArray(given)
    ? given.flatMap((name: string, at) => (at % 2 === 0 ? [[name, given[at + 1]]] : []))
    : Object.entries(given);
  return Object.fromEntries(
    entries.map(([name, value]) => [String(name).toLowerCase(), value]),
  ) as OutgoingHttpHeaders;
}
