import type { ServerResponse } from 'node:http';
import { inUtf8 } from './content-type.js';
import type { KeptResponse, ResponseGate, SentBody } from './response-gate.js';
import { routerReplyOf } from './router-reply.js';

type Send = (this: ExpressResponse, ...args: unknown[]) => unknown;

interface ExpressResponse extends ServerResponse {
  send: Send;
  json: Send;
  render: Send;
  type(type: string): unknown;
}

const SENDERS = ['send', 'json', 'render'] as const;

export function expressGate(response: object): ResponseGate | undefined {
  const candidate = response as ExpressResponse;
  const isExpress = SENDERS.every((name) => typeof candidate[name] === 'function');
  return isExpress && typeof candidate.type === 'function' ? new ExpressGate(candidate) : undefined;
}

class ExpressGate implements ResponseGate {
  constructor(private readonly response: ExpressResponse) {}

  beforeSending(look: (sent: SentBody | undefined) => boolean): void {
    const { response } = this;
    const { send } = response;
    const reply = routerReplyOf(response);
    response.send = (body: unknown, ...more) => {
      // An object is made to JSON, and comes by here again.
      if (reply.isBegun && isForJson(body)) return send.call(response, body, ...more);
      response.send = send;
      if (look(reply.isBegun ? this.#sentBody(body) : undefined)) response.statusCode = 304;
      return send.call(response, body, ...more);
    };
  }

  sendInstead(make: () => KeptResponse, isOfNothing: boolean): void {
    const { response } = this;
    // Every property that is added costs: Express gives each response a hidden class of its own.
    if (isOfNothing) return this.#sendInsteadOfNothing(make);
    const before = SENDERS.map((name) => response[name]);
    const reply = routerReplyOf(response);
    for (const [at, name] of SENDERS.entries()) {
      response[name] = (...args: unknown[]) => {
        for (const [place, other] of SENDERS.entries()) response[other] = before[place]!;
        if (!reply.isBegun || response.statusCode >= 400)
          return before[at]!.call(response, ...args);
        this.send(make());
        return response;
      };
    }
  }

  /** Nest calls `send` then; so does Express itself, for the JSON that others answer with. */
  #sendInsteadOfNothing(make: () => KeptResponse): void {
    const { response } = this;
    const { send } = response;
    response.send = (...args: unknown[]) => {
      response.send = send;
      if (response.statusCode >= 400) return send.call(response, ...args);
      this.send(make());
      return response;
    };
  }

  /** As Express sends it, with the `Content-Type` that Express would choose. */
  #sentBody(body: unknown): SentBody {
    const { response } = this;
    if (body === undefined) return this.#saidOfNothing();
    const isText = typeof body === 'string';
    if (!response.hasHeader('Content-Type')) response.type(isText ? 'html' : 'bin');
    const header = String(response.getHeader('Content-Type'));
    const type = isText ? inUtf8(header) : header;
    return { body: isText ? body : bytesOf(body as ArrayBufferView), type };
  }

  /** What headers tell of a body that is not there. */
  #saidOfNothing(): SentBody {
    const { response } = this;
    const type = response.getHeader('Content-Type');
    const length = this.#isHead ? response.getHeader('Content-Length') : 0;
    return {
      ...(type === undefined ? {} : { type: String(type) }),
      ...(length === undefined ? {} : { length: String(length) }),
    };
  }

  get #isHead(): boolean {
    return this.response.req.method === 'HEAD';
  }

  /** Whether a middleware has put its own `send` on the response, which is to see this body as it saw the first. */
  get #isSendOverridden(): boolean {
    const { response } = this;
    if (!Object.hasOwn(response, 'send')) return false;
    return response.send !== (Object.getPrototypeOf(response) as ExpressResponse).send;
  }

  send({ status, notModified, body, type, length }: KeptResponse): unknown {
    const { response } = this;
    response.statusCode = notModified ? 304 : status;
    if (response.statusCode === 304 || status === 204) {
      // To remove one that is not there would have Node leave out its own.
      for (const name of ['Content-Type', 'Content-Length']) {
        if (response.hasHeader(name)) response.removeHeader(name);
      }
      return response.end();
    }
    if (type !== undefined) response.setHeader('Content-Type', type);
    if (length !== undefined && this.#isHead) response.setHeader('Content-Length', length);
    if (this.#isSendOverridden) return body === undefined ? response.send() : response.send(body);
    if (status === 205) response.setHeader('Content-Length', 0);
    else if (body !== undefined) response.setHeader('Content-Length', Buffer.byteLength(body));
    return body === undefined || status === 205 || this.#isHead
      ? response.end()
      : response.end(body);
  }
}

function isForJson(body: unknown): boolean {
  if (body === undefined || typeof body === 'string') return false;
  return !ArrayBuffer.isView(body);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  // A copy: the handler may go on to use its memory.
  return Buffer.from(Buffer.from(buffer, byteOffset, byteLength));
}
