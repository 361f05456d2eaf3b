import { describe, expect, it } from '@jest/globals';
import { ProgressBar } from '../../lib/integrations/cli/progress-bar.js';

const ERASED = '\r\u001b[K';

/** What is drawn on a terminal of so many columns while so much is done of the total. */
function drawn(total: number, steps: readonly number[], columns = 80): string[] {
  const written: string[] = [];
  const output = { isTTY: true, columns, write: (text: string) => written.push(text) };
  const bar = new ProgressBar(output, total);
  for (const by of steps) bar.advance(by);
  bar.clear();
  return written.map((text) => text.replace(ERASED, ''));
}

describe('ProgressBar', () => {
  it('draws the share that is done, once a percent', () => {
    expect(drawn(1000, [0, 500, 1], 34)).toEqual([
      '[----------] 0% of 1,000',
      '[#####-----] 50% of 1,000',
      '',
    ]);
  });

  it('draws nothing of a work that is nothing, and wipes nothing away', () => {
    expect(drawn(0, [0, 1457])).toEqual([]);
    expect(drawn(0, [1457], 0)).toEqual([]);
  });

  it('is whole where more is done than was to be', () => {
    expect(drawn(10, [25], 28)).toEqual(['[####] 100% of 10', '']);
  });

  it('leaves out the bar where there is no room for one', () => {
    expect(drawn(4, [1], 0)).toEqual(['[] 25% of 4', '']);
    expect(drawn(4, [1], 10)).toEqual(['[] 25% of 4', '']);
  });
});
