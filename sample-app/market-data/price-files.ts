import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parsePriceTable } from './price-table.js';
import type { PriceTable } from './price-table.js';

/** Reads the two price tables of the npm package `vega-datasets`: 2000 to 2010, the index to 2020. */
export function loadPriceTable(): PriceTable {
  // The package exports its code only; its files lie next to it.
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  const read = (name: string) => readFileSync(join(dirname(entry), '../data', name), 'utf8');
  return parsePriceTable(read('stocks.csv'), read('sp500-2000.csv'));
}
