import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { onceEnded } from '../../../../lib/nest/http/ended-response.js';

let response: ServerResponse;
let count = 0;
const ended = (): void => void count++;

/** As Node's server does it when the connection closes. */
function close(): void {
  response.destroyed = true;
  response.emit('close');
}

beforeEach(() => {
  count = 0;
  response = new ServerResponse(new IncomingMessage(new Socket()));
});

describe('The end of a response', () => {
  it('is told when it is closed', () => {
    onceEnded(response, ended);
    response.end('body');
    expect(count).toBe(0);
    close();
    expect(count).toBe(1);
  });

  it.each([
    ['after', () => onceEnded(response, ended), close],
    ['before', close, () => onceEnded(response, ended)],
  ])('is told where the client has left, %s it was asked for', (_when, first, second) => {
    first();
    second();
    expect(count).toBe(0);
    response.end('body');
    response.end();
    expect([count, response.writableEnded]).toEqual([1, true]);
    expect(Object.hasOwn(response, 'end')).toBe(false);
  });

  it('is told at once where it is over', () => {
    response.end();
    onceEnded(response, ended);
    expect(count).toBe(1);
  });

  it.each([
    ['is open', (): void => undefined],
    ['was left', close],
  ])('is not told who asks no more, and nothing stays at a response that %s', (_state, become) => {
    const stop = onceEnded(response, ended);
    become();
    stop();
    expect(Object.hasOwn(response, 'end')).toBe(false);
    expect(response.listenerCount('close')).toBe(0);
    response.end();
    close();
    expect(count).toBe(0);
  });

  it('leaves what others have put around it', () => {
    const stop = onceEnded(response, ended);
    close();
    const outer = response.end.bind(response);
    response.end = outer;
    stop();
    response.end();
    expect([count, response.end === outer, response.writableEnded]).toEqual([0, true, true]);
  });

  it('gives back what was there', () => {
    const own = response.end.bind(response);
    response.end = own;
    const stop = onceEnded(response, ended);
    close();
    expect(response.end).not.toBe(own);
    stop();
    expect(response.end).toBe(own);
  });
});
