import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { InlineIo } from '../../../../lib/core/stores/file/inline-io.js';

let inline: InlineIo;
let now = 0;

beforeEach(() => {
  inline = new InlineIo();
  now = 1000;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});

afterEach(() => {
  jest.restoreAllMocks();
});

function takes(ms: number): void {
  inline.run(() => {
    now += ms;
  });
}

describe('Work of files on this thread', () => {
  it('gives what the operation gives, or throws what it throws, and counts both', () => {
    expect(inline.run(() => 'answer')).toBe('answer');
    const failure = new Error('ENOSPC');
    expect(() =>
      inline.run(() => {
        now += 4;
        throw failure;
      }),
    ).toThrow(failure);
    expect(inline.allowed).toBe(false);
  });

  it('is little in one turn of the event loop', async () => {
    for (const ms of [1.9, 1.9]) {
      takes(ms);
      expect([inline.allowed, inline.isSpent]).toEqual([true, false]);
    }
    takes(0.3);
    expect([inline.allowed, inline.isSpent]).toEqual([false, true]);
    expect(await inline.ready()).toBe(true);
    expect(inline.allowed).toBe(true);
  });

  it('is less where there is other work between its operations', async () => {
    takes(0.1);
    now += 3.7;
    expect(inline.allowed).toBe(true);
    takes(0.1);
    now += 1;
    takes(0.1);
    expect([inline.allowed, inline.isSpent]).toEqual([false, true]);
    await inline.nextTurn();
    now += 100;
    takes(0.1);
    expect(inline.allowed).toBe(true);
  });

  it('ends for a hundred times as long when two of few operations were slow', async () => {
    takes(3);
    await inline.nextTurn();
    expect(inline.allowed).toBe(true);
    takes(5);
    await inline.nextTurn();
    expect(inline.allowed).toBe(false);
    now += 499;
    expect([inline.allowed, await inline.ready()]).toEqual([false, false]);
    now += 1;
    expect(inline.allowed).toBe(true);
  });

  it('goes on after one that was slow among many, as when the thread had to wait for a processor', async () => {
    for (let round = 0; round < 5; round++) {
      takes(30);
      await inline.nextTurn();
      expect(inline.allowed).toBe(true);
      for (let each = 0; each < 32; each++) takes(0.03);
      await inline.nextTurn();
    }
  });

  it('has one turn for all who wait for it', async () => {
    const turn = inline.nextTurn();
    expect(inline.nextTurn()).toBe(turn);
    await turn;
    expect(inline.nextTurn()).not.toBe(turn);
  });
});
