import { createRequire } from 'node:module';

type Cron = typeof import('cron');

let cron: Cron | undefined;

/** Loaded when it is first asked for: it brings a date library along that nothing else needs. */
export function cronPackage(): Cron {
  return (cron ??= required());
}

/**
 * Loads it ahead, where one can wait: bundlers that know no `require` in a module, as webpack and Rollup, see
 * this one. Does not fail: `cronPackage` then does.
 */
export async function loadCronPackage(): Promise<void> {
  try {
    cronPackage();
  } catch {
    cron = await import('cron').catch(() => undefined);
  }
}

function required(): Cron {
  try {
    return createRequire(import.meta.url)('cron') as Cron;
  } catch (error) {
    return bundled(error);
  }
}

/** What esbuild takes in, for it sees the `require`; outside a bundle a module has none. */
function bundled(otherwise: unknown): Cron {
  try {
    return require('cron') as Cron;
  } catch (error) {
    throw error instanceof ReferenceError ? otherwise : error;
  }
}
