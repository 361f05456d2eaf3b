import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { createCache } from '../../../lib/core/create-cache.js';
import { isSingleUse } from '../../../lib/core/primitives/single-use.js';

function* numbers(): Generator<number> {
  yield 1;
}

describe('values that can be consumed once only', () => {
  it.each([
    ['a Node stream', Readable.from(['a'])],
    ['a web stream', new ReadableStream()],
    ['a Response', new Response('a')],
    ['a generator', numbers()],
    ['an iterator of a Map', new Map().entries()],
    ['a StreamableFile', new StreamableFile(Buffer.from('a'))],
  ])('%s is one', (_name, value) => {
    expect(isSingleUse(value)).toBe(true);
  });

  it.each([
    ['null', null],
    ['text', 'next'],
    ['an array', [1]],
    ['a Map', new Map()],
    ['a linked list', { value: 1, next: null }],
    ['a page with a function called next', { next: () => 2 }],
    ['an HTTP message with headers alone', { getHeaders: () => ({}) }],
  ])('%s is none', (_name, value) => {
    expect(isSingleUse(value)).toBe(false);
  });

  it('are handed over and not kept', async () => {
    const cache = createCache({ cleanup: false });
    const answers = [
      await cache.wrap('file', () => Readable.from(['a'])),
      await cache.wrap('file', () => Readable.from(['a'])),
    ];
    expect(answers[0]).not.toBe(answers[1]);
    expect(await cache.has('file')).toBe(false);
    await cache.close();
  });
});
