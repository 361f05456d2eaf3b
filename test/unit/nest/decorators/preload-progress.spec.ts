import { describe, expect, it } from '@jest/globals';
import { PreloadProgress } from '../../../../lib/nest/decorators/preload-progress.js';

function progressOf(total: number) {
  const lines: string[] = [];
  const time = { now: 0 };
  const logger = {
    log: (line: string) => lines.push(line),
    warn: (line: string) => lines.push(`warning: ${line}`),
  };
  const progress = new PreloadProgress('Quotes.quote', total, logger, () => time.now);
  return { progress, lines, time };
}

describe('The progress of a preload', () => {
  it('is two lines of one that is quick', () => {
    const { progress, lines, time } = progressOf(2);
    progress.begin(4);
    progress.called();
    time.now = 1234;
    progress.called();
    progress.end();
    expect(lines).toEqual([
      'Preloading Quotes.quote: 2 calls, 4 at a time',
      'Preloaded Quotes.quote: 2 of 2 in 1.2 s',
    ]);
  });

  it('is told on the way every ten seconds', () => {
    const { progress, lines, time } = progressOf(5);
    for (const at of [9999, 10_000, 19_999, 20_000, 30_000]) {
      time.now = at;
      progress.called(at === 10_000 ? new Error('down') : undefined);
    }
    expect(lines).toEqual([
      'Preloading Quotes.quote: 2 of 5, 1 failed',
      'Preloading Quotes.quote: 4 of 5, 1 failed',
    ]);
  });

  it('ends with a warning if calls failed, and says why the first did', () => {
    const { progress, lines } = progressOf(3);
    progress.called(new Error('down'));
    progress.called(new Error('still down'));
    progress.called();
    progress.end();
    expect(lines).toEqual([
      'warning: Preloaded Quotes.quote: 1 of 3 in 0.0 s, 2 failed; the first: down',
    ]);
  });

  it('tells of what was not called any more', () => {
    const { progress, lines } = progressOf(3);
    progress.called();
    progress.end();
    expect(lines).toEqual([
      'Preloaded Quotes.quote: 1 of 3 in 0.0 s, 2 not called: the application is closing',
    ]);
  });
});
