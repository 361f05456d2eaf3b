import type { ServerResponse } from 'node:http';
import { isJsonType, withUtf8 } from './content-type.js';
import type { KeptResponse, ResponseGate, SentBody } from './response-gate.js';
import { routerReplyOf } from './router-reply.js';

type Serializer = (payload: unknown) => unknown;

interface FastifyReply {
  readonly raw: ServerResponse;
  send: (payload?: unknown) => unknown;
  view?: (...args: unknown[]) => unknown;
  serializer: (serializer: Serializer | null) => unknown;
  serialize(payload: unknown): unknown;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  getHeader(name: string): unknown;
  removeHeader(name: string): unknown;
  readonly statusCode: number;
}

const JSON_UTF8 = 'application/json; charset=utf-8';
const TEXT_UTF8 = 'text/plain; charset=utf-8';
const BYTES = 'application/octet-stream';

export function fastifyGate(response: object): ResponseGate | undefined {
  const { raw, send, serializer, serialize } = response as Partial<FastifyReply>;
  if (raw === undefined || typeof serialize !== 'function') return undefined;
  const isFastify = typeof send === 'function' && typeof serializer === 'function';
  return isFastify ? new FastifyGate(response as FastifyReply) : undefined;
}

class FastifyGate implements ResponseGate {
  constructor(private readonly reply: FastifyReply) {}

  beforeSending(look: (sent: SentBody | undefined) => boolean): void {
    const { reply } = this;
    const { send, serializer } = reply;
    const routerReply = routerReplyOf(reply);
    let hasOwnSerializer = false;
    const restore = (): void => {
      reply.send = send;
      reply.serializer = serializer;
    };
    reply.serializer = (own) => {
      hasOwnSerializer = true;
      return serializer.call(reply, own);
    };
    reply.send = (payload) => {
      restore();
      const isSeen = routerReply.isBegun && !hasOwnSerializer && !isSentOtherwise(payload);
      if (!isSeen) look(undefined);
      else if (isForJson(payload) && !this.#isNothing(payload))
        return this.#sendJson(payload, look);
      else if (look(this.#sentBody(payload))) return this.#sendNothing(payload);
      return reply.send(payload);
    };
  }

  sendInstead(make: () => KeptResponse, isOfNothing: boolean): void {
    const { reply } = this;
    const { send } = reply;
    const view = isOfNothing ? undefined : reply.view;
    // Nobody who looks at nothing fails.
    const routerReply = isOfNothing ? undefined : routerReplyOf(reply);
    const instead =
      <A extends unknown[]>(original: (...args: A) => unknown) =>
      (...args: A): unknown => {
        reply.send = send;
        if (view) reply.view = view;
        if (routerReply?.isBegun === false || reply.statusCode >= 400)
          return original.apply(reply, args);
        return this.send(make());
      };
    reply.send = instead(send);
    if (view) reply.view = instead(view);
  }

  send({ status, type, body, length, notModified }: KeptResponse): unknown {
    const { reply } = this;
    reply.code(status);
    if (type !== undefined) reply.header('content-type', type);
    if (length !== undefined && this.#isHead) reply.header('content-length', length);
    return notModified ? this.#sendNothing(body) : reply.send(body);
  }

  /** The hooks before and after the serialization run as ever; only what it gives is looked at. */
  #sendJson(payload: unknown, look: (sent: SentBody | undefined) => boolean): unknown {
    const { reply } = this;
    if (this.#isOtherThanJson) {
      look(undefined);
      return reply.send(payload);
    }
    const header = reply.getHeader('content-type');
    const type = header === undefined ? JSON_UTF8 : withUtf8(String(header));
    reply.header('content-type', type);
    reply.serializer((final) => {
      reply.serializer(null);
      const text = reply.serialize(final);
      const isText = typeof text === 'string';
      if (!look(isText ? { body: text, type } : undefined)) return text;
      return this.#nothing(text);
    });
    return reply.send(payload);
  }

  #sendNothing(body: unknown): unknown {
    return this.reply.send(this.#nothing(body));
  }

  /** 304. Fastify's own route for `HEAD` counts the body, and leaves it out by itself. */
  #nothing(body: unknown): unknown {
    this.reply.code(304);
    if (this.#isHead) return body;
    this.reply.removeHeader('content-type');
    return undefined;
  }

  get #isHead(): boolean {
    return this.reply.raw.req.method === 'HEAD';
  }

  /** Whether a `Content-Type` is set, and is none of JSON. */
  get #isOtherThanJson(): boolean {
    const header = this.reply.getHeader('content-type');
    return header !== undefined && !isJsonType(String(header));
  }

  /** Whether Fastify sends no body: where something else than JSON is meant, not for `null` either. */
  #isNothing(payload: unknown): payload is undefined | null {
    return payload === undefined || (payload === null && this.#isOtherThanJson);
  }

  /** As Fastify sends it, with the `Content-Type` that Fastify would choose. */
  #sentBody(payload: unknown): SentBody {
    const { reply } = this;
    const header = reply.getHeader('content-type');
    // Fastify replaces that of a body only if it is sent.
    const length = this.#isHead ? reply.getHeader('content-length') : undefined;
    const measured = length === undefined ? {} : { length: String(length) };
    if (this.#isNothing(payload)) {
      return { ...measured, ...(header === undefined ? {} : { type: String(header) }) };
    }
    const isText = typeof payload === 'string';
    let type = header === undefined ? (isText ? TEXT_UTF8 : BYTES) : String(header);
    if (isText && isJsonType(type)) type = withUtf8(type);
    reply.header('content-type', type);
    return { ...measured, body: isText ? payload : bytesOf(payload as ArrayBufferView), type };
  }
}

/** A stream, a `Response` or an error. */
function isSentOtherwise(payload: unknown): boolean {
  if (typeof payload !== 'object' || payload === null) return false;
  const { pipe, getReader } = payload as { pipe?: unknown; getReader?: unknown };
  if (typeof pipe === 'function' || typeof getReader === 'function') return true;
  return payload instanceof Error || payload instanceof Response;
}

function isForJson(payload: unknown): boolean {
  if (payload === undefined || typeof payload === 'string') return false;
  return !ArrayBuffer.isView(payload);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  // A copy: the handler may go on to use its memory.
  return Buffer.from(Buffer.from(buffer, byteOffset, byteLength));
}
