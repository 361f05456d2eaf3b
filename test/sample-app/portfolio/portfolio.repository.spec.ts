import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PortfolioRepository } from '../../../sample-app/portfolio/portfolio.repository.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portfolios-'));
  file = join(folder, 'data', 'portfolios.json');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('PortfolioRepository', () => {
  const holdings = [{ ticker: 'IBM', shares: 3 }];

  it('begins with one portfolio, and leaves nothing on disk for that', () => {
    expect(new PortfolioRepository(file).find('growth').holdings).toHaveLength(5);
    expect(() => statSync(file)).toThrow('ENOENT');
  });

  it('remembers new holdings beyond the process, for its own user only', () => {
    new PortfolioRepository(file).replaceHoldings('growth', holdings);
    const found = new PortfolioRepository(file).find('growth');
    expect(found).toEqual({ portfolioId: 'growth', name: 'Growth', holdings });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('does not take a file that it cannot read for the beginning', () => {
    const portfolios = new PortfolioRepository(file);
    portfolios.replaceHoldings('growth', holdings);
    writeFileSync(file, '[{');
    expect(() => portfolios.find('growth')).toThrow(SyntaxError);
  });
});
