import { describe, expect, it } from '@jest/globals';
import { countCalls } from '../../../sample-app/demo/call-counter.js';
import { measureTable } from '../../../sample-app/demo/measure-table.js';
import { Narrator } from '../../../sample-app/demo/narrator.js';
import { dollars, duration, percent } from '../../../sample-app/demo/wording.js';

describe('Narrator', () => {
  it('counts claims and remembers the one that does not hold', () => {
    const lines: string[] = [];
    const { say, claim, ...narrator } = new Narrator((line) => lines.push(line), false);
    say('So it begins.');
    claim('one is one', true);
    claim('one is two', false);
    expect(narrator.failed).toEqual(['one is two']);
    expect(lines).toEqual(['   So it begins.', '   ✓ one is one', '   ✗ NOT SO: one is two']);
  });

  it('paints only where it may', () => {
    const lines: string[] = [];
    const narrator = new Narrator((line) => lines.push(line), true);
    narrator.claim('one is one', true);
    expect(lines).toEqual(['   \u001B[32m✓\u001B[0m one is one']);
    expect(narrator.claims).toBe(1);
  });
});

describe('measureTable', () => {
  it('aligns names to the left and numbers to the right', () => {
    const lines = measureTable([
      { what: 'projection', coldMs: 25, warmMs: 0.002_5, hitRate: 0.5 },
      { what: 'watchlist', hitRate: 1 },
    ]);
    expect(lines).toEqual([
      '                cold    cached   times faster   hit rate',
      '────────────────────────────────────────────────────────',
      'projection   25.0 ms   2.50 µs         10,000     50.0 %',
      'watchlist          -         -              -    100.0 %',
    ]);
  });
});

describe('wording', () => {
  it.each([
    [1500, '1.50 s'],
    [128, '128 ms'],
    [12.34, '12.3 ms'],
    [1, '1.00 ms'],
    [0.004_31, '4.31 µs'],
    [0.000_82, '820 ns'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('writes money and shares', () => {
    expect(dollars(1169.43)).toBe('$1,169.43');
    expect(dollars(1_000_000.4)).toBe('$1,000,000');
    expect(percent(0.5677)).toBe('56.8 %');
  });
});

describe('countCalls', () => {
  it('counts, and leaves the method as it was', () => {
    class Till {
      constructor(private readonly content: number) {}
      after(paid: number): number {
        return this.content + paid;
      }
    }
    const till = new Till(40);
    const counter = countCalls(till, 'after');
    expect([till.after(1), till.after(2)]).toEqual([41, 42]);
    expect(counter.calls).toBe(2);
  });
});
