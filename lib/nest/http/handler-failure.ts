import { HttpException } from '@nestjs/common';
import type { AnsweringFailure } from '../../core/loading/factory-wishes.js';
import type { Headers, HttpExchange } from './http-exchange.js';
import { hasBecomeKnown } from './request-credentials.js';
import type { Variant } from './route-answer.js';
import { addToVary, namesIn, variesByAll } from './vary-header.js';

/** They speak of what one client has, wants or may: not modified, not acceptable, preconditions, ranges, its rate. */
const FOR_ONE = new Set([304, 406, 412, 416, 417, 429]);

/** Below 500, and no more than a server error do they say what is so: it took too long, or was asked too often. */
const OF_THE_MOMENT = new Set([408, 429]);

/** What was there is no more, or not for those who have had it. */
const ENDING = new Set([401, 403, 404, 410]);

/** Headers by which one client sets a condition that another does not. */
const CONDITION = /^(?:range|expect|if-.+)$/;

/** Carries what a handler threw, be it an error or not, to every caller that waits for it. */
export class HandlerFailure extends Error {
  /** Whether others may succeed: it may come of what this one client has asked under. */
  readonly isForOne: boolean;
  /** Whether the handler has said what is so, which an old answer does not replace; none where something has failed. */
  readonly answer: AnsweringFailure | undefined;
  readonly #headers: Headers;

  /**
   * @param headers those that the handler had set
   * @param variant as of an answer
   */
  constructor(
    readonly thrown: unknown,
    exchange: HttpExchange,
    headers: Headers,
    readonly variant: Variant | undefined,
  ) {
    super('the route handler failed', { cause: thrown });
    const sent = Object.keys(exchange.request.headers);
    this.isForOne =
      hasBecomeKnown(exchange) || variesByAll(headers['vary']) || isForOne(thrown, sent);
    this.answer = answerOf(thrown, this.isForOne);
    this.#headers = headers;
  }

  /** Sets what the handler had set: a `Retry-After`, say. A cookie is its client's. */
  replayTo(exchange: HttpExchange): void {
    if (exchange.isSent) return;
    for (const [name, value] of Object.entries(this.#headers)) {
      if (name === 'vary') addToVary(exchange, namesIn(value));
      else if (name !== 'set-cookie' && value !== undefined) exchange.setHeader(name, value);
    }
  }
}

function isForOne(thrown: unknown, sent: readonly string[]): boolean {
  const isConditional = sent.some((name) => CONDITION.test(name));
  // Filters may make anything of what is no exception of HTTP.
  if (!(thrown instanceof HttpException)) return isConditional;
  const status = thrown.getStatus();
  return FOR_ONE.has(status) || (isConditional && status < 500);
}

function answerOf(thrown: unknown, isForOne: boolean): AnsweringFailure | undefined {
  if (!(thrown instanceof HttpException)) return undefined;
  const status = thrown.getStatus();
  if (status >= 500 || OF_THE_MOMENT.has(status)) return undefined;
  return { endsOld: ENDING.has(status) && !isForOne };
}
