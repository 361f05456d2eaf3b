/** A body, serialized, with its `Content-Type`. Without `body` there is none. */
export interface SentBody {
  readonly body?: string | Buffer | undefined;
  readonly type?: string | undefined;
  /** What `HEAD` is told to be the length: a handler for it may give that, and no body. */
  readonly length?: string | undefined;
}

/** What is sent in the place of what a handler gives. */
export interface KeptResponse extends SentBody {
  readonly status: number;
  /** Whether the client has this body already: 304, without it. */
  readonly notModified: boolean;
}

/**
 * The last step of a response, of one platform: where the adapter gives the body to the framework,
 * after every interceptor. The body is seen there as it will be sent, before it is compressed.
 */
export interface ResponseGate {
  /**
   * Has `look` called once, when the body is known and headers can still be set; with nothing if the
   * response is sent in another way. True from `look`: the client has this body already.
   */
  beforeSending(look: (sent: SentBody | undefined) => boolean): void;
  /**
   * Sends what `make` gives, in the place of whatever the adapter is about to send. An error that
   * someone around the route answers with is sent all the same.
   *
   * @param isOfNothing whether the adapter is about to send no body, of no view
   */
  sendInstead(make: () => KeptResponse, isOfNothing: boolean): void;
  /** Sends it now. */
  send(kept: KeptResponse): unknown;
}
