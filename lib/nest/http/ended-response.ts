import type { ServerResponse } from 'node:http';

type End = (...args: unknown[]) => ServerResponse;

/**
 * Calls back when somebody has ended a response.
 *
 * @returns stops the watching
 */
export function onceEnded(response: ServerResponse, ended: () => void): () => void {
  let restore: (() => void) | undefined;
  const closed = (): void => {
    if (response.writableEnded) ended();
    // Its client has left, and of such a one Node tells nothing more.
    else restore = aroundEnd(response, ended);
  };
  if (response.destroyed || response.writableEnded) closed();
  else response.once('close', closed);
  return () => {
    response.off('close', closed);
    restore?.();
  };
}

function aroundEnd(response: ServerResponse, called: () => void): () => void {
  const before = response.end as End;
  const isOwn = Object.hasOwn(response, 'end');
  let isOver = false;
  const end: End = (...args) => {
    const isFirst = !isOver;
    restore();
    before.apply(response, args);
    if (isFirst) called();
    return response;
  };
  const restore = (): void => {
    isOver = true;
    // Somebody may have put another one around it.
    if (response.end !== end) return;
    if (isOwn) response.end = before as ServerResponse['end'];
    else delete (response as Partial<ServerResponse>).end;
  };
  response.end = end as ServerResponse['end'];
  return restore;
}
