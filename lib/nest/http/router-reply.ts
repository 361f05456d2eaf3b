/** Whether a response has been answered by Nest's router, with what the interceptors gave. */
export interface RouterReply {
  isBegun: boolean;
}

/**
 * Given to the router in the place of a handler's value: an answer that is ready, and needs no more of
 * the platform than to be sent.
 */
export class ReadyReply {
  constructor(
    readonly send: () => unknown,
    /** For an adapter that is not watched: what it would have been given. */
    readonly toJSON: () => unknown,
  ) {}
}

interface Adapter {
  reply(response: object, body: unknown, status?: number): unknown;
  render?(response: object, view: string, options: unknown): unknown;
}

const watched = new WeakSet<object>();
const expected = new WeakMap<object, RouterReply>();
/** Responses whose chain of interceptors has failed: what they are answered with is a filter's. */
const failed = new WeakSet<object>();

/**
 * Watches the answers that an application gives. The router and an exception filter end in the same
 * `send`. The router leaves the status as it is, and so calls the adapter without one; a filter that does so
 * too is told by the chain having failed.
 */
export function watchReplies(adapter: object): void {
  if (watched.has(adapter)) return;
  watched.add(adapter);
  const target = adapter as Adapter;
  const { reply, render } = target;
  target.reply = (response, body, status) => {
    if (body instanceof ReadyReply) return body.send();
    return begun(response, status === undefined, () => reply.call(target, response, body, status));
  };
  if (render === undefined) return;
  target.render = (response, view, options) =>
    begun(response, true, () => render.call(target, response, view, options));
}

/** What will be known of this response's answer when it is sent. */
export function routerReplyOf(response: object): RouterReply {
  const reply = { isBegun: false };
  expected.set(response, reply);
  return reply;
}

/** What comes now for this response is not the router's. */
export function noteFailure(response: object): void {
  failed.add(response);
}

function begun(response: object, isRouters: boolean, send: () => unknown): unknown {
  const reply = expected.get(response);
  if (reply === undefined) return send();
  reply.isBegun = isRouters && !failed.has(response);
  try {
    return send();
  } catch (error) {
    // It could not be serialized: what comes now is a filter's.
    reply.isBegun = false;
    throw error;
  }
}
